// A collection whose data move: merges train their lists on the rows that they merge, so that
// recall is kept.
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "index/collection.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 16;
constexpr std::size_t kRows = 5000;
constexpr std::size_t kQueries = 200;
constexpr std::size_t kTop = 10;

// Thirty small clusters around `centre`.
std::vector<float> draw(Random& random, std::size_t count, float centre) {
  std::vector<float> vectors(count * kDimension);
  for (std::size_t i = 0; i < count; ++i) {
    Random cluster(random.below(30));
    for (std::size_t d = 0; d < kDimension; ++d) {
      vectors[i * kDimension + d] = centre + 3.0F * static_cast<float>(cluster.normal()) +
                                    static_cast<float>(random.normal());
    }
  }
  return vectors;
}

double recall_of(const Collection& collection, const std::vector<float>& queries) {
  SearchRequest request{queries.data(), kQueries, kTop, {collection.recall()}, {}};
  const SearchResult found = collection.search(request);
  request.effort.recall = 1.0;
  const SearchResult exact = collection.search(request);
  std::size_t hits = 0;
  for (std::size_t q = 0; q < kQueries; ++q) {
    std::set<std::uint64_t> keys;
    for (const Found& f : exact.of(q)) keys.insert(f.key);
    for (const Found& f : found.of(q)) hits += keys.count(f.key);
  }
  return static_cast<double>(hits) / static_cast<double>(kQueries * kTop);
}

TEST(Drift, RecallIsKeptWhenOtherDataFollow) {
  const io::TempDirectory temp;
  CollectionOptions options;
  options.dimension = kDimension;
  options.metric = Metric::euclidean;
  options.kind = SegmentKind::ivf;
  UseOptions use;
  use.memtable_bytes = 300'000;  // about 1,300 rows
  use.background = false;
  use.threads = 2;
  const auto collection = Collection::create(temp.file("c"), options, use);
  Random random(3);
  for (const float centre : {0.0F, 40.0F}) {
    const std::vector<float> vectors = draw(random, kRows, centre);
    std::vector<NewRow> rows(kRows);
    for (std::size_t i = 0; i < kRows; ++i) rows[i].vector = vectors.data() + i * kDimension;
    for (std::size_t i = 0; i < kRows; i += 500)
      collection->insert(std::span(rows).subspan(i, 500));
    collection->flush();
    collection->merge();
  }
  EXPECT_LT(collection->stats().segments.size(), 6U);
  for (const bool compact : {false, true}) {
    if (compact) collection->compact();
    for (const float centre : {0.0F, 40.0F}) {
      EXPECT_GE(recall_of(*collection, draw(random, kQueries, centre)), 0.95)
          << "around " << centre << (compact ? " in one segment" : "");
    }
  }
  for (const SegmentStats& segment : collection->stats().segments) EXPECT_EQ(segment.kind, "ivf");
}

}  // namespace
}  // namespace kindred::index
