#include "kernels/topk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

std::vector<float> random_matrix(std::size_t rows, std::size_t columns, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(rows * columns);
  for (float& v : x) v = normal(random);
  return x;
}

TEST(TopK, AgreesWithSorting) {
  constexpr std::size_t kRows = 1000, kColumns = 19, kQueries = 300, kK = 7;
  const std::vector<float> matrix = random_matrix(kRows, kColumns, 1);
  const std::vector<float> queries = random_matrix(kQueries, kColumns, 2);
  ThreadPool pool(3);
  const Neighbors got = top_k(queries.data(), kQueries, matrix.data(), kRows, kColumns, kK, pool);
  ASSERT_EQ(got.k, kK);
  ASSERT_EQ(got.indices.size(), kQueries * kK);
  for (std::size_t q = 0; q < kQueries; ++q) {
    std::vector<double> products(kRows, 0.0);
    for (std::size_t r = 0; r < kRows; ++r)
      for (std::size_t d = 0; d < kColumns; ++d)
        products[r] += static_cast<double>(queries[q * kColumns + d]) * matrix[r * kColumns + d];
    std::vector<double> sorted = products;
    std::sort(sorted.rbegin(), sorted.rend());
    for (std::size_t i = 0; i < kK; ++i) {
      EXPECT_NEAR(got.scores[q * kK + i], sorted[i], 1e-5);
      EXPECT_NEAR(products[got.indices[q * kK + i]], sorted[i], 1e-5);
    }
  }
}

TEST(TopK, TiesGoToTheLowerIndex) {
  // Every third row is the same, and none is better.
  std::vector<float> matrix;
  for (int r = 0; r < 900; ++r) matrix.push_back(r % 3 == 1 ? 2.0F : 1.0F);
  const float query = 1.5F;
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    const Neighbors got = top_k(&query, 1, matrix.data(), 900, 1, 4, pool);
    EXPECT_EQ(got.indices, (std::vector<std::uint32_t>{1, 4, 7, 10})) << threads;
  }
}

TEST(TopK, ThreadsAndCompanyDoNotChangeResults) {
  const std::vector<float> matrix = random_matrix(700, 33, 3);
  const std::vector<float> queries = random_matrix(40, 33, 4);
  ThreadPool one(1), four(4);
  const Neighbors a = top_k(queries.data(), 40, matrix.data(), 700, 33, 5, one);
  const Neighbors b = top_k(queries.data(), 40, matrix.data(), 700, 33, 5, four);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.scores, b.scores);
  const Neighbors last = top_k(queries.data() + 39 * 33, 1, matrix.data(), 700, 33, 5, one);
  EXPECT_TRUE(std::equal(last.scores.begin(), last.scores.end(), a.scores.begin() + 39 * 5));
}

TEST(TopK, FewerRowsThanAskedFor) {
  const std::vector<float> matrix = {1, 3, 2};
  const float query = 1.0F;
  ThreadPool pool(4);
  EXPECT_EQ(top_k(&query, 1, matrix.data(), 3, 1, 10, pool).indices,
            (std::vector<std::uint32_t>{1, 2, 0}));
  EXPECT_EQ(top_k(&query, 1, matrix.data(), 0, 1, 10, pool).k, 0U);
}

TEST(TopK, NaNComesLast) {
  const std::vector<float> matrix = {std::numeric_limits<float>::quiet_NaN(), -5, 2};
  const float query = 1.0F;
  ThreadPool pool(1);
  EXPECT_EQ(top_k(&query, 1, matrix.data(), 3, 1, 3, pool).indices,
            (std::vector<std::uint32_t>{2, 1, 0}));
}

}  // namespace
}  // namespace kindred::kernels
