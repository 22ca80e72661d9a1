#include "estimators/neighbor_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

std::vector<float> normal_rows(std::size_t rows, std::size_t d, std::uint64_t seed, double offset) {
  Random random(seed);
  std::vector<float> x(rows * d);
  for (float& v : x) v = static_cast<float>(offset + random.normal());
  return x;
}

double exact(const float* a, const float* b, std::size_t d, Distance distance) {
  double ab = 0.0, aa = 0.0, bb = 0.0, l2 = 0.0;
  for (std::size_t i = 0; i < d; ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
    l2 += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  }
  return distance == Distance::euclidean ? std::sqrt(l2) : 1.0 - ab / std::sqrt(aa * bb);
}

NeighborGraph graph_of(const std::vector<float>& x, std::size_t d, Distance distance, std::size_t k,
                       int threads = 2) {
  ThreadPool pool(threads);
  return neighbor_graph(MetricSpace(x.data(), x.size() / d, d, distance, pool), k, pool);
}

class EitherDistance : public testing::TestWithParam<Distance> {};
INSTANTIATE_TEST_SUITE_P(NeighborGraph, EitherDistance,
                         testing::Values(Distance::cosine, Distance::euclidean));

TEST_P(EitherDistance, AgreesWithSorting) {
  constexpr std::size_t kRows = 1500, kD = 19, kK = 7;
  // Far from the origin: products alone would round the differences away.
  const std::vector<float> x =
      normal_rows(kRows, kD, 1, GetParam() == Distance::euclidean ? 1000.0 : 0.5);
  const NeighborGraph graph = graph_of(x, kD, GetParam(), kK);
  ASSERT_EQ(graph.indices.size(), kRows * kK);
  for (std::size_t r = 0; r < kRows; ++r) {
    std::vector<double> all;
    for (std::size_t j = 0; j < kRows; ++j)
      if (j != r) all.push_back(exact(&x[r * kD], &x[j * kD], kD, GetParam()));
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i < kK; ++i) {
      const std::uint32_t j = graph.neighbors_of(r)[i];
      ASSERT_NE(j, r);
      EXPECT_NEAR(graph.distances_of(r)[i], all[i], 1e-4 * all[i] + 1e-6);
      EXPECT_NEAR(exact(&x[r * kD], &x[j * kD], kD, GetParam()), all[i], 1e-4 * all[i] + 1e-6);
    }
  }
}

TEST_P(EitherDistance, ThreadsDoNotChangeIt) {
  const std::vector<float> x = normal_rows(700, 33, 3, 0.0);
  const NeighborGraph one = graph_of(x, 33, GetParam(), 15, 1);
  const NeighborGraph four = graph_of(x, 33, GetParam(), 15, 4);
  EXPECT_EQ(one.indices, four.indices);
  EXPECT_EQ(one.distances, four.distances);
}

TEST_P(EitherDistance, EqualRowsAreAtZeroExactly) {
  std::vector<float> x = normal_rows(60, 24, 4, 3.0);
  for (std::size_t r = 20; r < 60; ++r) std::copy_n(x.begin(), 24, x.begin() + r * 24);
  const NeighborGraph graph = graph_of(x, 24, GetParam(), 5);
  for (std::size_t r = 20; r < 60; ++r)
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(graph.distances_of(r)[i], 0.0F);
      EXPECT_NE(graph.neighbors_of(r)[i], r);
    }
}

TEST_P(EitherDistance, FewRowsHaveFewNeighbours) {
  EXPECT_EQ(graph_of({}, 2, GetParam(), 5).k, 0U);
  EXPECT_EQ(graph_of({1, 2}, 2, GetParam(), 5).k, 0U);
  const NeighborGraph graph = graph_of({1, 2, 3, 1, 2, 2}, 2, GetParam(), 5);
  EXPECT_EQ(graph.k, 2U);
  for (std::uint32_t r = 0; r < 3; ++r) {
    std::vector<std::uint32_t> seen(graph.neighbors_of(r).begin(), graph.neighbors_of(r).end());
    seen.push_back(r);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2}));
  }
}

TEST_P(EitherDistance, ValuesThatAreNotFiniteAreRefused) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    try {
      graph_of({1, 2, 3, bad}, 2, GetParam(), 1);
      FAIL();
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("row 1"), std::string::npos) << e.what();
    }
  }
}

TEST(NeighborGraph, ScaleDoesNotMatterToTheOrder) {
  const std::vector<float> x = normal_rows(200, 8, 5, 0.0);
  for (const float scale : {1e-30F, 1e30F}) {
    std::vector<float> scaled = x;
    for (float& v : scaled) v *= scale;
    for (const Distance distance : {Distance::cosine, Distance::euclidean}) {
      const NeighborGraph a = graph_of(x, 8, distance, 3);
      const NeighborGraph b = graph_of(scaled, 8, distance, 3);
      EXPECT_EQ(a.indices, b.indices) << scale;
      const float factor = distance == Distance::euclidean ? scale : 1.0F;
      for (std::size_t i = 0; i < a.distances.size(); ++i)
        EXPECT_NEAR(b.distances[i] / factor, a.distances[i], 1e-5F * a.distances[i] + 1e-7F);
    }
  }
}

TEST(NeighborGraph, AVectorOfZerosIsNearItsLikeAlone) {
  const NeighborGraph graph = graph_of({1, 0, 0, 0, 0, 1, 0, 0, -1, 0}, 2, Distance::cosine, 4);
  EXPECT_EQ(graph.neighbors_of(1)[0], 3U);
  EXPECT_EQ(graph.distances_of(1)[0], 0.0F);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_FLOAT_EQ(graph.distances_of(1)[i], 1.0F);
  EXPECT_FLOAT_EQ(graph.distances_of(0)[3], 2.0F);  // the opposite
}

TEST(MetricSpace, NoDistanceIsBelowItsBound) {
  constexpr std::size_t kRows = 200, kD = 40;
  const std::vector<float> x = normal_rows(kRows, kD, 6, 2.0);
  ThreadPool pool(1);
  for (const Distance distance : {Distance::cosine, Distance::euclidean}) {
    const MetricSpace space(x.data(), kRows, kD, distance, pool);
    for (std::size_t i = 0; i < kRows; ++i)
      for (std::size_t j = 0; j < kRows; ++j) {
        const float product =
            std::inner_product(space.row(i), space.row(i) + space.width(), space.row(j), 0.0F);
        EXPECT_LE(space.at_least(i, j, product), space.between(i, j));
        EXPECT_GE(space.at_least(i, j, product), space.between(i, j) - 0.05F);
      }
  }
}

}  // namespace
}  // namespace kindred::estimators
