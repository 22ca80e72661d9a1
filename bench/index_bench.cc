// index_bench VECTORS.npy QUERIES.npy DIRECTORY [--metric cosine|ip|l2] [--bits
// N] [--lists N]
//   [--stored f32|f16|bf16|i8] [--ram BYTES] [--open-ram BYTES] [--threads N]
//   [--keep] [--filters]
//   [--recall X]
// index_bench scale ROWS DIMENSION DIRECTORY [options]: vectors of
// bench/mixture.h, made as they are
//   read, and never all in memory
// Builds a segment, and prints build time, memory, and for several asked
// recalls the recall@10 that is measured against exact search, the queries a
// second of a batch, and a single query's p50 and p99.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "bench/mixture.h"
#include "index/segment.h"
#include "io/vector_reader.h"

namespace {

using namespace kindred;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class FileSource final : public index::VectorSource {
 public:
  explicit FileSource(const std::string& path) : reader_(io::VectorReader::open(path)) {}
  std::size_t rows() const noexcept override { return reader_.rows(); }
  std::size_t dimension() const noexcept override { return reader_.dimensions(); }
  void read(std::size_t begin, std::size_t count, float* out) const override {
    reader_.read_rows(begin, count, out);
  }

 private:
  io::VectorReader reader_;
};

/// Rows of the mixture.
class MixtureSource final : public index::VectorSource {
 public:
  MixtureSource(std::size_t rows, std::size_t dimension, std::uint64_t seed)
      : rows_(rows), dimension_(dimension), mixture_(dimension, seed) {}
  std::size_t rows() const noexcept override { return rows_; }
  std::size_t dimension() const noexcept override { return dimension_; }
  void read(std::size_t begin, std::size_t count, float* out) const override {
    for (std::size_t r = 0; r < count; ++r) mixture_.row(begin + r, out + r * dimension_);
  }

 private:
  std::size_t rows_, dimension_;
  bench::Mixture mixture_;
};

/// A field of /proc/self/status in megabytes ("RssAnon", "RssFile", "VmHWM").
double status_mb(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":"))
      return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
  return 0.0;
}

struct Arguments {
  std::vector<std::string> paths;
  std::map<std::string, std::string> options;

  std::string get(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
  }
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (!text.starts_with("--"))
      arguments.paths.push_back(text);
    else if (text == "--keep" || text == "--filters")
      arguments.options[text.substr(2)] = "1";
    else if (i + 1 < argc)
      arguments.options[text.substr(2)] = argv[++i];
  }
  return arguments;
}

index::BuildOptions build_options(const Arguments& arguments) {
  index::BuildOptions options;
  const std::string metric = arguments.get("metric", "cosine"),
                    stored = arguments.get("stored", "f16");
  options.metric = metric == "l2"   ? index::Metric::euclidean
                   : metric == "ip" ? index::Metric::inner_product
                                    : index::Metric::cosine;
  options.stored = stored == "f32"    ? index::StoredType::float32
                   : stored == "bf16" ? index::StoredType::bfloat16
                   : stored == "i8"   ? index::StoredType::int8
                                      : index::StoredType::float16;
  options.kind = index::SegmentKind::ivf;
  options.bits = static_cast<unsigned>(arguments.number("bits", 0));
  options.lists = arguments.number("lists", 0);
  options.ram_bytes = arguments.number("ram", 0);
  return options;
}

double recall(const index::SegmentHits& exact, const index::SegmentHits& found,
              std::size_t queries) {
  double hits = 0.0, wanted = 0.0;
  for (std::size_t q = 0; q < queries; ++q) {
    if (exact.found[q] == 0) continue;
    const float last = exact.of(q).back().score;
    for (const index::Hit& hit : found.of(q)) hits += hit.score >= last - 1e-6F ? 1.0 : 0.0;
    wanted += exact.found[q];
  }
  return wanted > 0.0 ? hits / wanted : 1.0;
}

struct Bench {
  const index::Segment& segment;
  const std::vector<float>& queries;
  std::size_t count;
  ThreadPool& pool;

  void run(const index::RowSet* allowed, const std::vector<double>& efforts) const {
    constexpr std::size_t k = 10;
    index::SegmentQuery query{queries.data(), count, k, allowed, {.recall = 1.0}};
    auto start = Clock::now();
    const index::SegmentHits exact = segment.search(query, pool);
    fmt::print("exact: {:.0f} queries/s\n", static_cast<double>(count) / seconds_since(start));
    fmt::print("{:>8} {:>8} {:>10} {:>9} {:>9} {:>9} {:>8}\n", "asked", "recall", "queries/s",
               "p50 µs", "p99 µs", "codes", "reads");
    for (const double effort : efforts) {
      query.effort.recall = effort;
      query.queries = queries.data();
      query.count = count;
      index::SegmentHits found = segment.search(query, pool);  // warm
      double best = 1e30;
      start = Clock::now();
      for (int round = 0; round < 200 && (round < 3 || seconds_since(start) < 1.5); ++round) {
        const auto begin = Clock::now();
        found = segment.search(query, pool);
        best = std::min(best, seconds_since(begin));
      }
      std::vector<double> single;
      query.count = 1;
      for (std::size_t q = 0; q < std::min<std::size_t>(count, 500); ++q) {
        query.queries = queries.data() + q * segment.dimension();
        const auto begin = Clock::now();
        segment.search(query, pool);
        single.push_back(seconds_since(begin) * 1e6);
      }
      std::sort(single.begin(), single.end());
      const auto n = static_cast<double>(count);
      fmt::print("{:>8.3f} {:>8.4f} {:>10.0f} {:>9.0f} {:>9.0f} {:>9.0f} {:>8.1f}\n", effort,
                 recall(exact, found, count), n / best, single[single.size() / 2],
                 single[single.size() * 99 / 100], static_cast<double>(found.codes_scanned) / n,
                 static_cast<double>(found.vectors_read) / n);
      std::fflush(stdout);
    }
  }
};

void run(const Arguments& arguments) {
  const bool scale = arguments.paths.at(0) == "scale";
  std::unique_ptr<index::VectorSource> vectors, query_vectors;
  if (scale) {
    const auto rows = std::strtoull(arguments.paths.at(1).c_str(), nullptr, 10);
    const auto dimension = std::strtoull(arguments.paths.at(2).c_str(), nullptr, 10);
    vectors = std::make_unique<MixtureSource>(rows, dimension, 1);
    query_vectors = std::make_unique<MixtureSource>(1000, dimension, 2);
  } else {
    vectors = std::make_unique<FileSource>(arguments.paths.at(0));
    query_vectors = std::make_unique<FileSource>(arguments.paths.at(1));
  }
  const index::VectorSource& source = *vectors;
  const std::string directory = arguments.paths.back();
  ThreadPool pool(static_cast<int>(arguments.number("threads", 2)));
  const index::BuildOptions build = build_options(arguments);
  if (!arguments.options.contains("keep") || !std::filesystem::exists(directory + "/meta.kseg")) {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    index::BuildOptions options = build;
    std::string stage;
    auto begin = Clock::now();
    options.progress = [&](const char* name, std::size_t, std::size_t) {
      if (stage == name) return;
      if (!stage.empty()) fmt::print("  {} {:.1f} s\n", stage, seconds_since(begin));
      stage = name;
      begin = Clock::now();
    };
    const auto start = Clock::now();
    index::build_segment(source, options, directory, pool);
    fmt::print("  {} {:.1f} s\n", stage, seconds_since(begin));
    fmt::print("build: {:.1f} s, peak resident {:.0f} MB\n", seconds_since(start),
               status_mb("VmHWM"));
  }
  const std::size_t count = std::min<std::size_t>(query_vectors->rows(), 1000);
  const std::size_t d = query_vectors->dimension();
  std::vector<float> queries(count * d);
  query_vectors->read(0, count, queries.data());
  for (std::size_t q = 0; build.metric == index::Metric::cosine && q < count; ++q) {
    float* x = queries.data() + q * d;
    double sum = 0.0;
    for (std::size_t i = 0; i < d; ++i) sum += static_cast<double>(x[i]) * x[i];
    for (std::size_t i = 0; i < d; ++i) x[i] = static_cast<float>(x[i] / std::sqrt(sum));
  }
  const double before = status_mb("RssAnon");
  const auto segment =
      index::open_segment(directory, {.ram_bytes = arguments.number("open-ram", 0)});
  fmt::print(
      "rows {}, dimension {}, memory {:.1f} MB (anonymous pages of "
      "opening: {:.1f} MB)\n",
      segment->rows(), segment->dimension(), static_cast<double>(segment->memory_bytes()) / 1e6,
      status_mb("RssAnon") - before);
  const Bench bench{*segment, queries, count, pool};
  if (arguments.options.contains("recall")) {
    bench.run(nullptr, {std::strtod(arguments.get("recall", "").c_str(), nullptr)});
    return;
  }
  bench.run(nullptr, {0.8, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995});
  if (!arguments.options.contains("filters")) return;
  Random random(5);
  for (const double share : {0.5, 0.1, 0.01, 0.001}) {
    index::RowSet allowed(segment->rows());
    for (std::size_t r = 0; r < segment->rows(); ++r)
      if (random.uniform() < share) allowed.insert(r);
    fmt::print("filter that leaves {}:\n", share);
    bench.run(&allowed, {0.95, 0.99});
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const bool scale = !arguments.paths.empty() && arguments.paths[0] == "scale";
  if (arguments.paths.size() != (scale ? 4 : 3)) {
    fmt::print(stderr,
               "usage: index_bench VECTORS.npy QUERIES.npy DIRECTORY [options]\n"
               "       index_bench scale ROWS DIMENSION DIRECTORY [options]\n");
    return 2;
  }
  try {
    run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "index_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
