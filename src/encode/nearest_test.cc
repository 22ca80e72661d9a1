#include "encode/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace kindred::encode {
namespace {

TEST(Nearest, AgreesWithSortingAllCosines) {
  constexpr std::size_t kRows = 3000, kDimensions = 17, kQueries = 4;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> rows(kRows * kDimensions);
  std::vector<float> queries(kQueries * kDimensions);
  for (float& v : rows) v = normal(random);
  for (float& v : queries) v = normal(random);
  std::copy_n(rows.begin(), kDimensions, rows.begin() + 5 * kDimensions);  // a tie
  const VectorSource source{kRows, kDimensions, [&](std::size_t begin, std::size_t n, float* out) {
                              std::copy_n(rows.data() + begin * kDimensions, n * kDimensions, out);
                            }};
  ThreadPool pool(3);
  const auto found = nearest(source, queries, 7, pool);
  ASSERT_EQ(found.size(), kQueries);
  for (std::size_t q = 0; q < kQueries; ++q) {
    std::vector<float> cosines;
    for (std::size_t r = 0; r < kRows; ++r)
      cosines.push_back(
          cosine(queries.data() + q * kDimensions, rows.data() + r * kDimensions, kDimensions));
    std::vector<float> sorted = cosines;
    std::sort(sorted.rbegin(), sorted.rend());
    ASSERT_EQ(found[q].size(), 7U);
    for (std::size_t i = 0; i < 7; ++i) {
      EXPECT_NEAR(found[q][i].cosine, sorted[i], 1e-5F);
      EXPECT_NEAR(cosines[found[q][i].row], sorted[i], 1e-5F);
    }
  }
  const auto self = nearest(source, std::span(rows).first(kDimensions), 2, pool);
  EXPECT_EQ(self[0][0].row, 0U);
  EXPECT_EQ(self[0][1].row, 5U);
}

TEST(Nearest, FewerRowsThanAskedAndZeroVectors) {
  const std::vector<float> rows = {0.0F, 0.0F, 1.0F, 0.0F};
  const VectorSource source{2, 2, [&](std::size_t begin, std::size_t n, float* out) {
                              std::copy_n(rows.data() + begin * 2, n * 2, out);
                            }};
  ThreadPool pool(1);
  const std::vector<float> query = {2.0F, 0.0F};
  const auto found = nearest(source, query, 10, pool);
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(found[0][0].row, 1U);
  EXPECT_FLOAT_EQ(found[0][0].cosine, 1.0F);
  EXPECT_EQ(found[0][1].cosine, 0.0F);
  EXPECT_TRUE(nearest(source, query, 0, pool)[0].empty());
}

// Squares of such values are infinite or zero in floats.
TEST(Nearest, LengthsFarFromOne) {
  for (const float scale : {1e-38F, 1e-25F, 1e-20F, 1.0F, 1e20F, 1e38F}) {
    const std::vector<float> rows = {0.0F, scale, scale, scale, scale, 0.0F};
    const VectorSource source{3, 2, [&](std::size_t begin, std::size_t n, float* out) {
                                std::copy_n(rows.data() + begin * 2, n * 2, out);
                              }};
    ThreadPool pool(1);
    for (const float query_scale : {1e-38F, 1.0F, 1e38F}) {
      const std::vector<float> query = {query_scale, 0.0F};
      const auto found = nearest(source, query, 3, pool);
      EXPECT_EQ(found[0][0].row, 2U);
      EXPECT_NEAR(found[0][0].cosine, 1.0F, 1e-6F) << scale;
      EXPECT_EQ(found[0][1].row, 1U);
      EXPECT_NEAR(found[0][1].cosine, std::sqrt(0.5F), 1e-6F) << scale;
      EXPECT_NEAR(cosine(rows.data() + 2, query.data(), 2), std::sqrt(0.5F), 1e-6F) << scale;
    }
  }
  const std::vector<float> zeros = {0.0F, 0.0F}, ones = {1.0F, 1.0F};
  EXPECT_EQ(cosine(zeros.data(), ones.data(), 2), 0.0F);
}

}  // namespace
}  // namespace kindred::encode
