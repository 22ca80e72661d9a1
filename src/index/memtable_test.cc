#include "index/memtable.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "index/top_hits.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

TEST(Memtable, FindsTheNearestExactlyWhateverTheThreads) {
  constexpr std::size_t kDimension = 20, kRows = 1500, kQueries = 5;
  Random random(1);
  std::vector<float> vectors(kRows * kDimension), queries(kQueries * kDimension);
  for (float& v : vectors) v = static_cast<float>(random.below(7));  // ties
  for (float& v : queries) v = static_cast<float>(random.below(7));
  Memtable table(kDimension);
  for (std::size_t r = 0; r < kRows; ++r) {
    table.append({Mutation::Kind::put,
                  r,
                  {},
                  {},
                  {},
                  reinterpret_cast<const std::byte*>(vectors.data() + r * kDimension)});
  }
  RowSet allowed(kRows);
  for (std::size_t r = 0; r < kRows; ++r) {
    if (random.below(3) > 0) allowed.insert(r);
  }
  for (const Metric metric : {Metric::inner_product, Metric::euclidean}) {
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const std::size_t count = kRows - 100;  // a reader's moment
      const SegmentHits hits =
          table.search({queries.data(), kQueries, 12, &allowed, {}}, metric, count, pool);
      for (std::size_t q = 0; q < kQueries; ++q) {
        std::vector<Hit> all;
        for (std::uint32_t r = 0; r < count; ++r) {
          const float* a = queries.data() + q * kDimension;
          const float* b = vectors.data() + r * kDimension;
          if (!allowed.contains(r)) continue;
          all.push_back({metric == Metric::euclidean ? -kernels::squared_l2(a, b, kDimension)
                                                     : kernels::dot(a, b, kDimension),
                         r});
        }
        std::sort(all.begin(), all.end(), Better());
        ASSERT_EQ(hits.found[q], 12U);
        for (std::size_t i = 0; i < 12; ++i) {
          EXPECT_EQ(hits.of(q)[i].row, all[i].row);
          EXPECT_EQ(hits.of(q)[i].score, all[i].score);
        }
      }
    }
  }
}

TEST(Memtable, RemembersWhoItsRowsAre) {
  Memtable table(1);
  const float value = 1.0F;
  const auto* vector = reinterpret_cast<const std::byte*>(&value);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::string id = "id" + std::to_string(i % 700), payload(i % 9, 'p'), fields(i % 4, 'f');
    table.append({Mutation::Kind::put, i % 800, id, payload, fields, vector});
    EXPECT_EQ(table.id(i), id);
    EXPECT_EQ(table.payload(i), payload);
    EXPECT_EQ(table.fields(i), fields);
    EXPECT_EQ(table.key(i), i % 800);
  }
  EXPECT_EQ(table.find_key(100), 900U);  // the newest
  EXPECT_EQ(table.find_key(799), 799U);
  EXPECT_EQ(table.find_id("id0"), 700U);
  EXPECT_FALSE(table.find_key(800));
  EXPECT_FALSE(table.find_id("id700"));
}

}  // namespace
}  // namespace kindred::index
