#include "index/exact_search.h"

#include <gtest/gtest.h>

#include <limits>

#include "index/test_vectors.h"
#include "index/top_hits.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

TEST(TopHits, KeepsTheBestTiesByRowAndNanLast) {
  TopHits best(3);
  EXPECT_EQ(best.threshold(), -std::numeric_limits<float>::infinity());
  best.offer(1.0F, 9);
  best.offer(std::nanf(""), 1);
  best.offer(1.0F, 4);
  best.offer(2.0F, 7);
  best.offer(1.0F, 8);
  EXPECT_EQ(best.threshold(), 1.0F);
  Hit hits[3];
  ASSERT_EQ(best.take(hits), 3U);
  EXPECT_EQ(hits[0].row, 7U);
  EXPECT_EQ(hits[1].row, 4U);
  EXPECT_EQ(hits[2].row, 8U);
  TopHits none(0);
  none.offer(1.0F, 1);
  EXPECT_TRUE(none.hits().empty());
}

TEST(ExactSearch, FiltersAndSamplesEqualSearchesOfTheirRowsAlone) {
  const std::size_t rows = 3000, d = 33, count = 300, k = 8;
  const io::TempDirectory directory;
  SegmentFileWriter writer(directory.path(), FileRole::vectors);
  const std::vector<float> x = normal_vectors(rows, d, 1), queries = normal_vectors(count, d, 2);
  std::vector<std::byte> stored(kernels::stored_bytes(StoredType::bfloat16, d));
  for (std::size_t r = 0; r < rows; ++r) {
    store_vector(StoredType::bfloat16, x.data() + r * d, d, stored.data());
    writer.append(stored);
  }
  writer.commit();
  ThreadPool pool(2);
  for (const Metric metric : {Metric::inner_product, Metric::euclidean})
    for (const bool mapped : {false, true}) {
      const StoredVectors vectors(directory.path(), StoredType::bfloat16, d, rows, mapped);
      const SegmentQuery all{queries.data(), count, k, nullptr, {}};
      const auto keeps = [](std::size_t s, std::size_t row) {
        return s == 0 || row % (7 * s) == s;
      };
      const std::vector<SegmentHits> samples =
          exact_search_of_samples(vectors, metric, d, all, 3, keeps, pool);
      for (std::size_t s = 0; s < 3; ++s) {
        RowSet allowed(rows);
        for (std::size_t r = 0; r < rows; ++r)
          if (keeps(s, r)) allowed.insert(r);
        SegmentQuery filtered = all;
        filtered.allowed = &allowed;
        const SegmentHits hits = exact_search(vectors, metric, d, filtered, pool);
        for (std::size_t few = 1; few <= 6; ++few) {  // by rows, then by a product
          SegmentQuery alone = filtered;
          alone.count = few;
          const SegmentHits same = exact_search(vectors, metric, d, alone, pool);
          for (std::size_t q = 0; q < few; ++q) {
            ASSERT_EQ(same.found[q], k);
            for (std::size_t i = 0; i < k; ++i) {
              EXPECT_EQ(same.of(q)[i].row, hits.of(q)[i].row);
              EXPECT_EQ(same.of(q)[i].score, hits.of(q)[i].score);
            }
          }
        }
        std::vector<float> values(rows * d);
        std::vector<std::uint32_t> every(rows);
        for (std::uint32_t r = 0; r < rows; ++r) every[r] = r;
        vectors.read_floats(every, values.data());
        for (std::size_t q = 0; q < count; ++q) {
          std::vector<double> scores;
          for (std::size_t r = 0; r < rows; ++r)
            if (keeps(s, r))
              scores.push_back(
                  exact_score(metric, queries.data() + q * d, values.data() + r * d, d));
          std::sort(scores.rbegin(), scores.rend());
          ASSERT_EQ(hits.found[q], k);
          for (std::size_t i = 0; i < k; ++i) {
            EXPECT_NEAR(hits.of(q)[i].score, scores[i], 1e-4);
            EXPECT_EQ(samples[s].of(q)[i].row, hits.of(q)[i].row);
            EXPECT_EQ(samples[s].of(q)[i].score, hits.of(q)[i].score);
          }
        }
      }
    }
}

}  // namespace
}  // namespace kindred::index
