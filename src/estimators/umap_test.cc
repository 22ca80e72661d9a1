#include "estimators/umap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "estimators/cluster_goldens.h"
#include "estimators/trustworthiness.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

// Groups about points of their own, far from one another.
std::vector<float> groups(std::size_t count, std::size_t size, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> x;
  for (std::size_t g = 0; g < count; ++g) {
    std::vector<double> centre(d);
    for (double& v : centre) v = 4.0 * random.normal();
    for (std::size_t i = 0; i < size; ++i)
      for (const double v : centre) x.push_back(static_cast<float>(v + 0.3 * random.normal()));
  }
  return x;
}

std::vector<float> map_of(const std::vector<float>& x, std::size_t d, UmapOptions options = {},
                          int threads = 2) {
  ThreadPool pool(threads);
  return umap(x.data(), x.size() / d, d, options, pool);
}

double trust_of(const std::vector<float>& x, std::size_t d, const std::vector<float>& map,
                std::size_t dimensions = 2) {
  ThreadPool pool(2);
  const MetricSpace space(x.data(), x.size() / d, d, Distance::cosine, pool);
  return trustworthiness(space, map.data(), dimensions, 10, pool);
}

TEST(Umap, CurveIsThatOfUmapLearn) {
  for (const auto& curve : cluster_goldens()["curves"]) {
    const auto [a, b] = umap_curve(curve[0], curve[1]);
    EXPECT_NEAR(a, curve[2].get<double>(), 2e-4 * a);
    EXPECT_NEAR(b, curve[3].get<double>(), 2e-4 * b);
  }
}

TEST(Umap, KeepsGroupsTogetherAndApart) {
  const std::vector<float> x = groups(6, 50, 16, 1);
  const std::vector<float> map = map_of(x, 16);
  ASSERT_EQ(map.size(), 600U);
  EXPECT_GT(trust_of(x, 16, map), 0.95);
  const auto distance = [&](std::size_t i, std::size_t j) {
    return std::hypot(map[2 * i] - map[2 * j], map[2 * i + 1] - map[2 * j + 1]);
  };
  for (std::size_t i = 0; i < 300; ++i) {
    std::size_t nearest = i == 0 ? 1 : 0;
    for (std::size_t j = 0; j < 300; ++j)
      if (j != i && distance(i, j) < distance(i, nearest)) nearest = j;
    EXPECT_EQ(nearest / 50, i / 50) << i;
  }
}

TEST(Umap, UnrollsARing) {
  // One component with equal eigenvalues: the ring must come out as one, not folded.
  std::vector<float> x;
  for (int i = 0; i < 400; ++i) {
    x.push_back(std::cos(static_cast<float>(i) * 0.015707963F));
    x.push_back(std::sin(static_cast<float>(i) * 0.015707963F));
  }
  EXPECT_GT(trust_of(x, 2, map_of(x, 2)), 0.99);
}

TEST(Umap, SeedAloneDecides) {
  const std::vector<float> x = groups(4, 60, 8, 2);
  UmapOptions options;
  options.epochs = 60;
  const std::vector<float> one = map_of(x, 8, options, 1);
  EXPECT_EQ(one, map_of(x, 8, options, 3));
  options.seed = 2;
  EXPECT_NE(one, map_of(x, 8, options, 1));
}

TEST(Umap, AnyNumberOfRowsWillDo) {
  const std::vector<float> x = groups(1, 40, 3, 3);
  for (const std::size_t rows : {0, 1, 2, 3, 4, 5, 8, 16, 40}) {
    const std::vector<float> map =
        map_of(std::vector<float>(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(rows * 3)), 3);
    ASSERT_EQ(map.size(), rows * 2);
    for (const float v : map) EXPECT_TRUE(std::isfinite(v)) << rows;
  }
}

TEST(Umap, EqualAndZeroVectorsAreBorne) {
  std::vector<float> x(100 * 4, 0.0F);
  for (std::size_t r = 30; r < 100; ++r) x[r * 4 + r % 3] = 1.0F;
  for (const float v : map_of(x, 4)) EXPECT_TRUE(std::isfinite(v));
  for (const float v : map_of(std::vector<float>(50, 1.0F), 1)) EXPECT_TRUE(std::isfinite(v));
}

TEST(Umap, FewDistinctRowsKeepTogether) {
  // A week's days, over and over: components without an edge between them.
  std::vector<float> x(210 * 7, 0.0F);
  for (std::size_t r = 0; r < 210; ++r) x[r * 7 + r % 7] = 1.0F;
  const std::vector<float> map = map_of(x, 7);
  const auto distance = [&](std::size_t i, std::size_t j) {
    return std::hypot(map[2 * i] - map[2 * j], map[2 * i + 1] - map[2 * j + 1]);
  };
  for (std::size_t i = 0; i < 210; ++i) {
    std::size_t nearest = i == 0 ? 1 : 0;
    for (std::size_t j = 0; j < 210; ++j)
      if (j != i && distance(i, j) < distance(i, nearest)) nearest = j;
    EXPECT_TRUE(std::isfinite(map[2 * i]));
    EXPECT_EQ(nearest % 7, i % 7) << i;
  }
}

TEST(Umap, OtherDimensionsWillDo) {
  const std::vector<float> x = groups(5, 40, 12, 4);
  for (const std::size_t dimensions : {1, 5}) {
    UmapOptions options;
    options.dimensions = dimensions;
    options.min_dist = 0.0;
    const std::vector<float> map = map_of(x, 12, options);
    ASSERT_EQ(map.size(), 200 * dimensions);
    EXPECT_GT(trust_of(x, 12, map, dimensions), 0.93) << dimensions;
  }
}

TEST(Umap, WrongOptionsAreRefused) {
  for (const UmapOptions& options :
       {UmapOptions{.neighbors = 1}, UmapOptions{.dimensions = 0}, UmapOptions{.min_dist = 2.0},
        UmapOptions{.min_dist = -1.0}, UmapOptions{.spread = 0.0}})
    EXPECT_THROW(map_of({1, 2, 3, 4}, 1, options), Error);
}

}  // namespace
}  // namespace kindred::estimators
