#include "index/segment.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

#include "index/test_vectors.h"
#include "io/crc32c.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr Metric kMetrics[] = {Metric::cosine, Metric::inner_product, Metric::euclidean};

struct Built {
  io::TempDirectory directory;
  std::vector<std::uint32_t> order;
  std::shared_ptr<const Segment> segment;
};

std::unique_ptr<Built> build(const MemorySource& source, const BuildOptions& options) {
  auto built = std::make_unique<Built>();
  ThreadPool pool(2);
  built->order = build_segment(source, options, built->directory.path(), pool);
  built->segment = open_segment(built->directory.path());
  return built;
}

TEST(Segment, FlatIsBruteForceForEveryMetricAndDimension) {
  ThreadPool pool(2);
  for (const Metric metric : kMetrics)
    for (const std::size_t d : {2, 3, 63, 64, 65, 100, 1000, 4096}) {
      const std::size_t rows = d > 1000 ? 300 : 1300, count = 5;
      std::vector<float> x = normal_vectors(rows, d, d), queries = normal_vectors(count, d, d + 1);
      if (metric == Metric::cosine) {
        normalise(x, d);
        normalise(queries, d);
      }
      const MemorySource source(x, d);
      BuildOptions options;
      options.metric = metric;
      options.kind = SegmentKind::flat;
      options.stored = StoredType::float32;
      const auto built = build(source, options);
      ASSERT_EQ(built->segment->kind(), "flat");
      const SegmentHits hits =
          built->segment->search({queries.data(), count, 7, nullptr, {}}, pool);
      for (std::size_t q = 0; q < count; ++q) {
        std::vector<std::pair<double, std::uint32_t>> expected;
        for (std::uint32_t r = 0; r < rows; ++r)
          expected.emplace_back(-exact_score(metric, queries.data() + q * d, x.data() + r * d, d),
                                r);
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(hits.found[q], 7U);
        for (std::size_t i = 0; i < 7; ++i) {
          EXPECT_EQ(built->order[hits.of(q)[i].row], expected[i].second) << d;
          EXPECT_NEAR(hits.of(q)[i].score, -expected[i].first,
                      1e-4 * (1 + std::abs(expected[i].first)));
        }
      }
    }
}

TEST(Segment, TinySegmentsOfBothKindsGiveAllTheirRows) {
  ThreadPool pool(2);
  for (const Metric metric : kMetrics)
    for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf})
      for (const std::size_t rows : {0, 1, 2, 9, 33}) {
        const std::size_t d = 5;
        const MemorySource source(normal_vectors(rows, d, rows + 1), d);
        BuildOptions options;
        options.metric = metric;
        options.kind = kind;
        const auto built = build(source, options);
        EXPECT_EQ(built->segment->rows(), rows);
        std::vector<std::uint32_t> order = built->order;
        std::sort(order.begin(), order.end());
        for (std::uint32_t r = 0; r < rows; ++r) EXPECT_EQ(order[r], r);
        std::vector<float> query = normal_vectors(1, d, 3);
        normalise(query, d);
        for (const std::size_t k : {0, 1, 10, 50}) {
          const SegmentHits hits = built->segment->search({query.data(), 1, k, nullptr, {}}, pool);
          ASSERT_EQ(hits.found[0], std::min(k, rows));
          std::set<std::uint32_t> distinct;
          for (const Hit& hit : hits.of(0)) distinct.insert(hit.row);
          EXPECT_EQ(distinct.size(), hits.found[0]);
        }
      }
}

TEST(Segment, StoredTypesReadBackWithinTheirPrecision) {
  const std::size_t rows = 3000, d = 70;
  std::vector<float> x = normal_vectors(rows, d, 4);
  const MemorySource source(x, d);
  for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf})
    for (const auto& [type, error] :
         {std::pair{StoredType::float32, 0.0}, std::pair{StoredType::float16, 2e-3},
          std::pair{StoredType::bfloat16, 2e-2}, std::pair{StoredType::int8, 2e-2}}) {
      BuildOptions options;
      options.metric = Metric::euclidean;
      options.kind = kind;
      options.stored = type;
      const auto built = build(source, options);
      const std::vector<std::uint32_t> some = {0, 1, 1500, 2999};
      std::vector<float> out(some.size() * d);
      built->segment->read_vectors(some, out.data());
      for (std::size_t i = 0; i < some.size(); ++i)
        for (std::size_t j = 0; j < d; ++j)
          EXPECT_NEAR(out[i * d + j], x[built->order[some[i]] * d + j], error);
      EXPECT_GT(built->segment->memory_bytes(), 0U);
      built->segment->verify();
    }
}

TEST(Segment, VectorsBelowTheNormalNumbersAreStored) {
  std::vector<float> x(40 * 8, 1e-41F);
  x[3] = 0.0F;
  for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf}) {
    BuildOptions options;
    options.metric = Metric::euclidean;
    options.kind = kind;
    options.stored = StoredType::int8;
    const auto built = build(MemorySource(x, 8), options);
    ThreadPool pool(1);
    EXPECT_EQ(built->segment->search({x.data(), 1, 5, nullptr, {}}, pool).found[0], 5U);
  }
}

TEST(Segment, VectorsThatCannotBeAreRefused) {
  const io::TempDirectory directory;
  ThreadPool pool(1);
  for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf}) {
    std::vector<float> x = normal_vectors(50, 4, 1);
    BuildOptions options;
    options.metric = Metric::euclidean;
    options.kind = kind;
    x[4 * 37] = std::nanf("");
    EXPECT_KINDRED_ERROR(build_segment(MemorySource(x, 4), options, directory.path(), pool),
                         ErrorKind::bad_input, "vector 37");
    x[4 * 37] = 1e6F;
    EXPECT_KINDRED_ERROR(build_segment(MemorySource(x, 4), options, directory.path(), pool),
                         ErrorKind::bad_input, "float16");
  }
  directory.write("notes.txt", "mine");
  EXPECT_KINDRED_ERROR(
      build_segment(MemorySource(normal_vectors(5, 4, 1), 4), {}, directory.path(), pool),
      ErrorKind::bad_input, "notes.txt");
}

TEST(Segment, QueriesThatAreNotFiniteAreRefused) {
  ThreadPool pool(1);
  for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf}) {
    BuildOptions options;
    options.kind = kind;
    const auto built = build(MemorySource(normal_vectors(2000, 4, 1), 4), options);
    const std::vector<float> query = {1, 0, 0, 0, 0, std::nanf(""), 0, 0};
    EXPECT_KINDRED_ERROR(built->segment->search({query.data(), 2, 3, nullptr, {}}, pool),
                         ErrorKind::bad_input, "query 1");
  }
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Opens, searches and verifies; true when the damage was found by opening or verifying.
bool damage_found(const std::string& directory) {
  ThreadPool pool(1);
  const std::vector<float> query(8, 0.3F);
  try {
    const auto segment = open_segment(directory);
    segment->search({query.data(), 1, 10, nullptr, {}}, pool);
    segment->verify();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported ||
           error.kind() == ErrorKind::not_found;
  }
  return false;
}

TEST(Segment, DamageToAnyFileIsFoundAndNeverCrashes) {
  const std::size_t d = 8;
  for (const SegmentKind kind : {SegmentKind::flat, SegmentKind::ivf}) {
    BuildOptions options;
    options.kind = kind;
    options.bits = 4;
    options.lists = 5;
    const auto built = build(MemorySource(normal_vectors(200, d, 2), d), options);
    const std::string directory = built->directory.path();
    ASSERT_FALSE(damage_found(directory));
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename().string(), good = read_file(entry.path());
      Random random(good.size());
      for (int trial = 0; trial < 150; ++trial) {
        std::string bad = good;
        if (trial % 3 == 0)
          bad.resize(random.below(good.size()));
        else
          bad[random.below(good.size())] ^= static_cast<char>(1U << random.below(8));
        built->directory.write(name, bad);
        ASSERT_TRUE(damage_found(directory)) << name << " " << trial;
      }
      std::filesystem::remove(entry.path());
      ASSERT_TRUE(damage_found(directory)) << name;
      built->directory.write(name, good);
      ASSERT_FALSE(damage_found(directory)) << name;
    }
  }
}

/// A file's frame with another version and payload; for payloads of one block.
std::string framed(const std::string& file, std::uint32_t version, const std::string& payload) {
  const auto checksum = [](const std::string& bytes) {
    return io::crc32c(std::as_bytes(std::span(bytes)));
  };
  const auto text = [](auto value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  std::string header = file.substr(0, 60);
  header.replace(8, 4, text(version));
  header.replace(16, 8, text(std::uint64_t{payload.size()}));
  const std::string table = text(checksum(payload));
  return header + text(checksum(header)) + payload + table + text(checksum(table));
}

TEST(Segment, OneOfTheFirstVersionIsReadAsItWas) {
  BuildOptions options;
  options.kind = SegmentKind::ivf;
  options.lists = 20;
  const auto built = build(MemorySource(clustered_vectors(2000, 8, 2), 8), options);
  const std::string meta = read_file(built->directory.file("meta.kseg"));
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, meta.data() + 16, sizeof(bytes));
  const std::string now = meta.substr(64, bytes);
  // Without the stamp of the second lists, and what each tuning says of them.
  constexpr std::size_t kSpill = 96, kStamp = 12;
  std::string before = now.substr(0, kSpill);
  std::size_t at = kSpill + kStamp;
  const auto copy = [&](std::size_t count) {
    before += now.substr(at, count);
    at += count;
    std::uint32_t last = 0;
    std::memcpy(&last, now.data() + at - 4, 4);
    return last;
  };
  const std::uint32_t tables = copy(4);
  ASSERT_GT(tables, 0U);
  for (std::uint32_t t = 0; t < tables; ++t)
    for (std::uint32_t left = copy(16); left > 0; --left) {
      copy(20);
      at += 4;
    }
  ASSERT_EQ(at, now.size());
  const std::vector<float> query(8, 0.3F);
  ThreadPool pool(1);
  const SegmentHits expected = built->segment->search({query.data(), 1, 10, nullptr, {}}, pool);
  built->directory.write("meta.kseg", framed(meta, 1, before));
  const auto old = open_segment(built->directory.path());
  const SegmentHits found = old->search({query.data(), 1, 10, nullptr, {}}, pool);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(found.of(0)[i].row, expected.of(0)[i].row);
  EXPECT_EQ(found.codes_scanned, expected.codes_scanned);
  built->directory.write("meta.kseg", framed(meta, 3, now));
  EXPECT_KINDRED_ERROR(open_segment(built->directory.path()), ErrorKind::unsupported, "version 3");
}

TEST(Segment, FilesOfTwoSegmentsDoNotMix) {
  BuildOptions options;
  options.kind = SegmentKind::ivf;
  options.lists = 5;
  const auto one = build(MemorySource(normal_vectors(200, 8, 2), 8), options);
  const auto other = build(MemorySource(normal_vectors(200, 8, 3), 8), options);
  for (const char* name : {"vectors.kseg", "codes.kseg", "lists.kseg"}) {
    const std::string own = read_file(one->directory.file(name));
    one->directory.write(name, read_file(other->directory.file(name)));
    EXPECT_KINDRED_ERROR(open_segment(one->directory.path()), ErrorKind::corrupt, name);
    one->directory.write(name, own);
  }
}

TEST(Segment, AStoppedBuildGoesOnAndMakesTheSameFiles) {
  const MemorySource source(clustered_vectors(6000, 24, 5), 24);
  BuildOptions options;
  options.kind = SegmentKind::ivf;
  ThreadPool pool(2);
  const auto whole = build(source, options);
  for (const std::string stop : {"train", "assign", "encode", "calibrate"}) {
    const io::TempDirectory directory;
    struct Stop {};
    std::vector<std::string> stages;
    options.progress = [&](const char* stage, std::size_t done, std::size_t) {
      if (stage == stop && done > 0) throw Stop{};
    };
    EXPECT_THROW(build_segment(source, options, directory.path(), pool), Stop) << stop;
    EXPECT_KINDRED_ERROR(open_segment(directory.path()), ErrorKind::not_found, "meta.kseg");
    options.progress = [&](const char* stage, std::size_t, std::size_t) {
      stages.emplace_back(stage);
    };
    EXPECT_EQ(build_segment(source, options, directory.path(), pool), whole->order) << stop;
    if (stop != "train") {
      EXPECT_NE(stages.front(), "train") << "centroids were there";
    }
    for (const auto& entry : std::filesystem::directory_iterator(whole->directory.path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(read_file(directory.file(name)), read_file(entry.path())) << name;
    }
  }
}

// A disk that lost power may have the length of a file and not its bytes.
TEST(Segment, AStoppedBuildDoesNotGoOnFromDamagedRows) {
  const MemorySource source(clustered_vectors(3000, 24, 5), 24);
  BuildOptions options;
  options.kind = SegmentKind::ivf;
  ThreadPool pool(2);
  const auto whole = build(source, options);
  const io::TempDirectory directory;
  struct Stop {};
  for (const bool whole_page : {false, true}) {
    options.progress = [&](const char* stage, std::size_t done, std::size_t) {
      if (stage == std::string("encode") && done > 0) throw Stop{};
    };
    EXPECT_THROW(build_segment(source, options, directory.path(), pool), Stop);
    std::string bytes = read_file(directory.file("build-part-000.partial"));
    ASSERT_GT(bytes.size(), 8192U);
    if (whole_page) bytes.replace(0, 4096, 4096, '\0');
    if (!whole_page) bytes[0] = static_cast<char>(bytes[0] ^ 1);  // another row's number
    directory.write("build-part-000.partial", bytes);
  }
  options.progress = {};
  EXPECT_EQ(build_segment(source, options, directory.path(), pool), whole->order);
  EXPECT_TRUE(read_file(directory.file("vectors.kseg")) ==
              read_file(whole->directory.file("vectors.kseg")));
}

}  // namespace
}  // namespace kindred::index
