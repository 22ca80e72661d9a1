#include "index/kmeans.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "index/test_vectors.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

double mean_distance(const std::vector<float>& x, std::size_t d, const CentroidTree& tree,
                     const std::vector<std::uint32_t>& nearest) {
  double sum = 0.0;
  for (std::size_t r = 0; r < nearest.size(); ++r)
    sum += kernels::squared_l2(x.data() + r * d, tree.centroids().data() + nearest[r] * d, d);
  return sum / static_cast<double>(nearest.size());
}

TEST(Kmeans, SeparatesWhatIsFarApartAndUsesEveryCentroid) {
  const std::size_t d = 16, rows = 4000;
  const std::vector<float> x = clustered_vectors(rows, d, 3);
  ThreadPool pool(2);
  double before = 1e30;
  for (const std::size_t count : {1, 4, 16, 64, 256}) {
    const CentroidTree tree = train_centroids(x.data(), rows, d, count, 1, pool);
    ASSERT_EQ(tree.count(), count);
    std::vector<std::uint32_t> nearest(rows);
    tree.assign(x.data(), rows, nearest.data());
    const double distance = mean_distance(x, d, tree, nearest);
    EXPECT_LT(distance, before) << count;
    before = distance;
    const std::set<std::uint32_t> used(nearest.begin(), nearest.end());
    EXPECT_GE(used.size(), count * 95 / 100);
    for (std::size_t r = 0; r < rows; r += 97)
      for (std::size_t c = 0; c < count; ++c)
        EXPECT_LE(
            kernels::squared_l2(x.data() + r * d, tree.centroids().data() + nearest[r] * d, d),
            kernels::squared_l2(x.data() + r * d, tree.centroids().data() + c * d, d) + 1e-3F);
  }
}

TEST(Kmeans, TellsCentroidsApartThatAreFarFromTheOrigin) {
  const std::size_t d = 32, rows = 2000, count = 20;
  std::vector<float> x = normal_vectors(rows, d, 4);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += 500.0F + 3.0F * static_cast<float>(i / d % 20);
  ThreadPool pool(1);
  const CentroidTree tree = train_centroids(x.data(), rows, d, count, 1, pool);
  std::vector<std::uint32_t> nearest(rows);
  tree.assign(x.data(), rows, nearest.data());
  std::size_t right = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    float least = 1e30F;
    for (std::size_t c = 0; c < count; ++c)
      least = std::min(least,
                       kernels::squared_l2(x.data() + r * d, tree.centroids().data() + c * d, d));
    const float found =
        kernels::squared_l2(x.data() + r * d, tree.centroids().data() + nearest[r] * d, d);
    right += found <= least * 1.001F ? 1 : 0;
  }
  EXPECT_EQ(right, rows);
}

TEST(Kmeans, IsTheSameForEveryNumberOfThreads) {
  const std::vector<float> x = clustered_vectors(3000, 20, 3);
  ThreadPool one(1), three(3);
  const CentroidTree a = train_centroids(x.data(), 3000, 20, 100, 5, one);
  const CentroidTree b = train_centroids(x.data(), 3000, 20, 100, 5, three);
  EXPECT_EQ(a.centroids(), b.centroids());
}

TEST(Kmeans, TakesEqualVectorsAndAsManyCentroidsAsVectors) {
  ThreadPool pool(1);
  const std::vector<float> equal(500 * 3, 1.0F);
  const CentroidTree tree = train_centroids(equal.data(), 500, 3, 20, 1, pool);
  EXPECT_EQ(tree.count(), 20U);
  for (const float value : tree.centroids()) EXPECT_NEAR(value, 1.0F, 0.1F);
  const std::vector<float> x = normal_vectors(30, 3, 1);
  EXPECT_EQ(train_centroids(x.data(), 30, 3, 30, 1, pool).count(), 30U);
}

TEST(Kmeans, TheGroupedSearchFindsNearlyAlwaysTheNearest) {
  // More centroids than are compared one by one: vectors themselves, grouped by the first of them.
  const std::size_t d = 12, count = 5000, rows = 600;
  ThreadPool pool(2);
  const std::vector<float> sample = clustered_vectors(10000, d, 8);
  const CentroidTree tree = train_centroids(sample.data(), 10000, d, count, 2, pool);
  const std::vector<float> x = clustered_vectors(rows, d, 9);
  std::vector<std::uint32_t> nearest(rows), alone(1);
  tree.assign(x.data(), rows, nearest.data());
  std::size_t right = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    std::uint32_t best = 0;
    float least = 1e30F;
    for (std::uint32_t c = 0; c < count; ++c) {
      const float distance =
          kernels::squared_l2(x.data() + r * d, tree.centroids().data() + c * d, d);
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    right += best == nearest[r] ? 1 : 0;
    tree.assign(x.data() + r * d, 1, alone.data());
    EXPECT_EQ(alone[0], nearest[r]);
  }
  EXPECT_GE(right, rows * 9 / 10);
}

TEST(Kmeans, TheSecondCentroidIsNearAndNotWhereTheNearestErrs) {
  // The vector lies at 1 on the way from the nearest, 0, to 2.2; 1.3 to the side is as good by
  // distance, and better for what the nearest leaves over.
  const CentroidTree tree({0.0F, 0.0F, 2.2F, 0.0F, 1.0F, 1.3F, 50.0F, 50.0F}, 2, {0, 4});
  const std::vector<float> x = {1.0F, 0.0F};
  std::uint32_t nearest = 9, second = 9;
  tree.assign(x.data(), 1, &nearest, &second);
  EXPECT_EQ(nearest, 0U);
  EXPECT_EQ(second, 2U);
  const CentroidTree alone({0.0F, 0.0F}, 2, {0, 1});
  alone.assign(x.data(), 1, &nearest, &second);
  EXPECT_EQ(second, nearest);
}

}  // namespace
}  // namespace kindred::index
