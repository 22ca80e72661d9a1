#include "estimators/k_means.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/random.h"
#include "estimators/cluster_goldens.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

KMeans clusters_of(const std::vector<float>& x, std::size_t d, std::size_t k,
                   Distance distance = Distance::euclidean, int threads = 2,
                   std::size_t restarts = 10) {
  ThreadPool pool(threads);
  const MetricSpace space(x.data(), x.size() / d, d, distance, pool);
  return k_means(space, {.k = k, .restarts = restarts}, pool);
}

TEST(KMeans, InertiaIsScikitLearnsOrLess) {
  for (const auto& set : cluster_goldens()["sets"]) {
    const KMeans found =
        clusters_of(floats(set["x"]), set["dimensions"], set["k"], Distance::euclidean, 2, 30);
    EXPECT_LE(found.inertia, set["inertia"].get<double>() * 1.0005);
    EXPECT_GE(found.inertia, set["inertia"].get<double>() * 0.98);
    EXPECT_EQ(found.clusters, set["k"]);
  }
}

TEST(KMeans, SphericalLooksAtDirectionsAlone) {
  Random random(1);
  std::vector<float> x;
  for (int i = 0; i < 90; ++i) {
    const double angle = i % 3 * 2.0 + 0.1 * random.normal();
    const double length = std::exp(2.0 * random.normal());
    x.push_back(static_cast<float>(length * std::cos(angle)));
    x.push_back(static_cast<float>(length * std::sin(angle)));
  }
  const KMeans found = clusters_of(x, 2, 3, Distance::cosine);
  for (std::size_t i = 0; i < 90; ++i) EXPECT_EQ(found.labels[i], static_cast<int>(i % 3));
  double sum = 0.0;
  for (const float d : found.distances) sum += 2.0 * d;
  EXPECT_NEAR(found.inertia, sum, 1e-5);
}

TEST(KMeans, ThreadsDoNotChangeIt) {
  Random random(2);
  std::vector<float> x(3000 * 7);
  for (float& v : x) v = static_cast<float>(random.normal());
  for (const Distance distance : {Distance::cosine, Distance::euclidean}) {
    const KMeans one = clusters_of(x, 7, 20, distance, 1);
    const KMeans four = clusters_of(x, 7, 20, distance, 4);
    EXPECT_EQ(one.labels, four.labels);
    EXPECT_EQ(one.inertia, four.inertia);
  }
}

TEST(KMeans, EqualRowsMakeFewerClusters) {
  std::vector<float> x;
  for (int i = 0; i < 30; ++i) x.push_back(static_cast<float>(i % 3));
  const KMeans found = clusters_of(x, 1, 8);
  EXPECT_EQ(found.clusters, 3U);
  EXPECT_NEAR(found.inertia, 0.0, 1e-9);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(found.labels[i], static_cast<int>(i % 3));
  EXPECT_EQ(clusters_of(std::vector<float>(12, 0.0F), 3, 2, Distance::cosine).clusters, 1U);
}

TEST(KMeans, AsManyClustersAsRows) {
  const KMeans found = clusters_of({0, 5, 1, 9, 22, 7}, 1, 6);
  EXPECT_EQ(std::set(found.labels.begin(), found.labels.end()).size(), 6U);
  EXPECT_NEAR(found.inertia, 0.0, 1e-9);
}

TEST(KMeans, WrongNumbersAreRefused) {
  EXPECT_THROW(clusters_of({1, 2, 3}, 1, 0), Error);
  EXPECT_THROW(clusters_of({1, 2, 3}, 1, 4), Error);
  EXPECT_THROW(clusters_of({}, 1, 1), Error);
}

}  // namespace
}  // namespace kindred::estimators
