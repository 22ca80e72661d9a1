// The embedded index beside pgvector: recall@10, latency and build time over the same vectors.
// postgres_bench URL [ROWS [DIMENSION [QUERIES]]]
//
// Vectors lie around 200 centres, with noise that reaches to the next; queries are drawn alike. The
// index of pgvector is built at once over all rows, its faster way.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "search/embedded_backend.h"
#include "search/postgres_backend.h"

namespace {

using namespace kindred;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kCentres = 200;
constexpr std::size_t kBest = 10;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<float> vector_of(std::uint64_t seed, std::size_t dimension) {
  Random centre(seed % kCentres), noise(seed + 1'000'000);
  std::vector<float> vector(dimension);
  for (float& v : vector) v = static_cast<float>(centre.normal() + 0.8 * noise.normal());
  return vector;
}

struct Data {
  std::vector<std::vector<float>> queries;
  std::vector<std::set<std::string>> nearest;  // of each query, by exact search
};

std::vector<search::Item> items_of(std::size_t begin, std::size_t end, std::size_t dimension) {
  std::vector<search::Item> items;
  for (std::size_t i = begin; i < end; ++i)
    items.push_back({std::to_string(i), {}, {}, "", vector_of(i, dimension)});
  return items;
}

std::vector<std::string> ids_of(const search::Backend& backend,
                                const std::vector<search::RankedKey>& found) {
  std::vector<std::uint64_t> keys;
  for (const search::RankedKey& key : found) keys.push_back(key.key);
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> ids;
  for (const search::StoredItem& item : backend.fetch(keys, false)) ids.push_back(item.id);
  return ids;
}

void measure(const char* name, const search::Backend& backend, const Data& data) {
  for (const double recall : {0.9, 0.95, 0.99}) {
    std::vector<double> times;
    double found = 0.0;
    for (std::size_t q = 0; q < data.queries.size(); ++q) {
      const auto start = Clock::now();
      const auto keys = backend.nearest(data.queries[q], kBest, nullptr, recall);
      times.push_back(1e3 * seconds_since(start));
      for (const std::string& id : ids_of(backend, keys)) found += data.nearest[q].contains(id);
    }
    std::sort(times.begin(), times.end());
    fmt::print("{:28} asked {:.2f}: recall@10 {:.4f}, p50 {:.2f} ms, p99 {:.2f} ms\n", name, recall,
               found / static_cast<double>(kBest * data.queries.size()), times[times.size() / 2],
               times[times.size() * 99 / 100]);
  }
}

void fill(search::Backend& backend, std::size_t rows, std::size_t dimension) {
  constexpr std::size_t kBatch = 1000;
  for (std::size_t at = 0; at < rows; at += kBatch)
    backend.upsert(items_of(at, std::min(rows, at + kBatch), dimension));
}

void run_postgres(const std::string& url, const char* name, search::PostgresOptions options,
                  const char* indexed, std::size_t rows, const Data& data) {
  options.schema = "bench_pgvector";
  search::SqlConnection sql(url);
  sql.script("DROP SCHEMA IF EXISTS bench_pgvector CASCADE");
  const auto backend = search::PostgresBackend::create(url, options);
  sql.script("DROP INDEX bench_pgvector.items_embedding");
  auto start = Clock::now();
  fill(*backend, rows, options.dimension);
  fmt::print("{:28} rows written in {:.1f} s\n", name, seconds_since(start));
  start = Clock::now();
  sql.script("SET maintenance_work_mem = '2GB'");
  sql.script(fmt::format("CREATE INDEX items_embedding ON bench_pgvector.items USING {}", indexed));
  sql.script("ANALYZE bench_pgvector.items");
  fmt::print(
      "{:28} index built in {:.1f} s, {} MB\n", name, seconds_since(start),
      sql.run("SELECT pg_relation_size('bench_pgvector.items_embedding') / 1000000").integer(0, 0));
  measure(name, *backend, data);
  sql.script("DROP SCHEMA bench_pgvector CASCADE");
}

void run(const std::string& url, std::size_t rows, std::size_t dimension, std::size_t queries) {
  const std::string directory =
      (std::filesystem::temp_directory_path() / "kindred_postgres_bench").string();
  std::filesystem::remove_all(directory);
  search::EmbeddedOptions options;
  options.vectors.dimension = dimension;
  const auto embedded = search::EmbeddedBackend::create(directory, options);
  auto start = Clock::now();
  fill(*embedded, rows, dimension);
  fmt::print("{:28} rows written in {:.1f} s\n", "embedded", seconds_since(start));
  start = Clock::now();
  embedded->vectors().compact();
  fmt::print("{:28} compacted in {:.1f} s\n", "embedded", seconds_since(start));
  Data data;
  for (std::size_t q = 0; q < queries; ++q) {
    data.queries.push_back(vector_of(rows + 7 * q, dimension));
    const auto ids = ids_of(*embedded, embedded->nearest(data.queries[q], kBest, nullptr, 1.0));
    data.nearest.emplace_back(ids.begin(), ids.end());
  }
  measure("embedded", *embedded, data);
  run_postgres(url, "pgvector hnsw halfvec", {.dimension = dimension},
               "hnsw (embedding halfvec_cosine_ops)", rows, data);
  run_postgres(
      url, "pgvector hnsw bits, re-rank", {.dimension = dimension, .binary = true},
      fmt::format("hnsw ((binary_quantize(embedding)::bit({})) bit_hamming_ops)", dimension)
          .c_str(),
      rows, data);
  std::filesystem::remove_all(directory);
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? std::stoul(argv[at]) : otherwise;
  };
  if (argc < 2) {
    fmt::print(stderr, "postgres_bench URL [ROWS [DIMENSION [QUERIES]]]\n");
    return 2;
  }
  try {
    run(argv[1], number(2, 50'000), number(3, 384), number(4, 300));
  } catch (const std::exception& error) {
    fmt::print(stderr, "postgres_bench: {}\n", error.what());
    return 1;
  }
}
