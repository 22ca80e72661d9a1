#include "estimators/density_clusters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/random.h"
#include "estimators/cluster_goldens.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

DensityClusters clusters_of(const std::vector<float>& x, std::size_t d,
                            const DensityOptions& options = {},
                            Distance distance = Distance::euclidean, int threads = 2) {
  ThreadPool pool(threads);
  const MetricSpace space(x.data(), x.size() / d, d, distance, pool);
  return density_clusters(space, options, pool);
}

std::size_t noise_of(const DensityClusters& found) {
  return static_cast<std::size_t>(std::count(found.labels.begin(), found.labels.end(), -1));
}

std::vector<float> normal(std::size_t rows, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> x(rows * d);
  for (float& v : x) v = static_cast<float>(random.normal());
  return x;
}

// The same but for the clusters' numbers.
void expect_same(const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& wanted) {
  std::map<std::int32_t, std::int32_t> there, back;
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(there.emplace(got[i], wanted[i]).first->second, wanted[i]) << "row " << i;
    EXPECT_EQ(back.emplace(wanted[i], got[i]).first->second, got[i]) << "row " << i;
    EXPECT_EQ(got[i] == -1, wanted[i] == -1) << "row " << i;
  }
}

TEST(DensityClusters, AreThoseOfScikitLearn) {
  std::size_t with_clusters = 0;
  for (const auto& set : cluster_goldens()["sets"]) {
    for (const auto& wanted : set["density"]) {
      DensityOptions options;
      options.min_size = wanted["min_size"];
      options.min_samples = wanted["min_samples"];
      options.selection = wanted["method"] == "leaf" ? Selection::leaf : Selection::excess_of_mass;
      options.allow_single = wanted["single"];
      SCOPED_TRACE("min_size " + wanted["min_size"].dump() + " min_samples " +
                   wanted["min_samples"].dump() + " " + wanted["method"].dump() + " single " +
                   wanted["single"].dump());
      const DensityClusters found = clusters_of(floats(set["x"]), set["dimensions"], options);
      expect_same(found.labels, wanted["labels"]);
      for (std::size_t i = 0; i < found.labels.size(); ++i)
        EXPECT_NEAR(found.probabilities[i], wanted["probabilities"][i].get<double>(), 2e-5) << i;
      with_clusters += found.clusters > 1 ? 1 : 0;
    }
  }
  EXPECT_GE(with_clusters, 20U);
}

TEST(DensityClusters, ThreadsDoNotChangeThem) {
  const std::vector<float> x = normal(1500, 3, 1);
  const auto one = clusters_of(x, 3, {}, Distance::cosine, 1);
  const auto four = clusters_of(x, 3, {}, Distance::cosine, 4);
  EXPECT_EQ(one.labels, four.labels);
  EXPECT_EQ(one.probabilities, four.probabilities);
}

TEST(DensityClusters, AnyNumberOfRowsWillDo) {
  const std::vector<float> x = normal(6, 2, 2);
  for (std::size_t rows = 0; rows <= 6; ++rows) {
    const DensityClusters found = clusters_of(
        std::vector<float>(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(2 * rows)), 2);
    EXPECT_EQ(found.labels.size(), rows);
    EXPECT_EQ(noise_of(found), rows);
  }
  EXPECT_EQ(clusters_of(x, 2, {.min_size = 2, .min_samples = 100}).labels.size(), 6U);
}

TEST(DensityClusters, EqualRowsLeaveOthersTheirClusters) {
  // Two groups, and in the first thirty rows that are one and the same: distances of zero.
  std::vector<float> x = normal(200, 2, 3);
  for (std::size_t r = 100; r < 200; ++r) x[2 * r] += 20.0F;
  for (std::size_t r = 0; r < 8; ++r) x[2 * r] = x[2 * r + 1] = 0.0F;
  for (const float p : clusters_of(x, 2).probabilities) EXPECT_TRUE(p >= 0.0F && p <= 1.0F);
  const DensityClusters found = clusters_of(x, 2, {.min_size = 20, .min_samples = 5});
  EXPECT_EQ(found.clusters, 2U);
  EXPECT_LT(noise_of(found), 40U);
}

TEST(DensityClusters, TwoPilesOfEqualRowsAreTwoClusters) {
  std::vector<float> x(400, 1.0F);
  std::fill(x.begin() + 200, x.end(), 2.0F);
  const DensityClusters found = clusters_of(x, 2);
  EXPECT_EQ(found.clusters, 2U);
  EXPECT_EQ(noise_of(found), 0U);
  EXPECT_EQ(std::count(found.labels.begin(), found.labels.end(), found.labels[0]), 100);
}

TEST(DensityClusters, EqualRowsAndOneFarAway) {
  std::vector<float> x(41, 0.0F);
  x.back() = 20.0F;
  EXPECT_EQ(noise_of(clusters_of(x, 1)), 41U);
  const DensityClusters found = clusters_of(x, 1, {.allow_single = true});
  EXPECT_EQ(found.clusters, 1U);
  EXPECT_EQ(found.labels.back(), -1);
  EXPECT_EQ(noise_of(found), 1U);
}

TEST(DensityClusters, MostRowsEqualAndTheRestInGroups) {
  // "No comment", thirty times; two subjects beside it.
  std::vector<float> x = normal(90, 2, 5);
  for (std::size_t r = 30; r < 90; ++r) x[2 * r] += r < 60 ? 30.0F : 60.0F;
  for (std::size_t r = 0; r < 30; ++r) x[2 * r] = x[2 * r + 1] = 0.0F;
  const DensityClusters found = clusters_of(x, 2, {.min_size = 10, .min_samples = 4});
  EXPECT_EQ(found.clusters, 3U);
  for (std::size_t r = 1; r < 30; ++r) EXPECT_EQ(found.labels[r], found.labels[0]);
}

TEST(DensityClusters, AllRowsEqual) {
  const std::vector<float> x(120, 1.0F);
  EXPECT_EQ(noise_of(clusters_of(x, 2)), 60U);
  const DensityClusters one = clusters_of(x, 2, {.allow_single = true});
  EXPECT_EQ(one.clusters, 1U);
  EXPECT_EQ(noise_of(one), 0U);
}

TEST(DensityClusters, CosineAndVectorsOfZeros) {
  // Directions in three groups, of any length, and texts without a word: zeros.
  Random random(4);
  std::vector<float> x;
  for (std::size_t r = 0; r < 120; ++r) {
    const double angle = static_cast<double>(r % 3) * 2.0 + 0.05 * random.normal();
    const double length = std::exp(random.normal());
    x.push_back(static_cast<float>(length * std::cos(angle)));
    x.push_back(static_cast<float>(length * std::sin(angle)));
  }
  x.resize(x.size() + 20, 0.0F);
  const DensityClusters found =
      clusters_of(x, 2, {.min_size = 10, .min_samples = 5}, Distance::cosine);
  for (std::size_t r = 120; r < 130; ++r) EXPECT_EQ(found.labels[r], found.labels[120]);
  // A group may have split, but no cluster has rows of two, and most rows are in one.
  std::map<std::int32_t, std::size_t> group_of;
  std::size_t in_clusters = 0;
  for (std::size_t r = 0; r < 130; ++r) {
    if (found.labels[r] == -1) continue;
    const std::size_t group = r < 120 ? r % 3 : 3;
    EXPECT_EQ(group_of.emplace(found.labels[r], group).first->second, group) << r;
    ++in_clusters;
  }
  EXPECT_GE(group_of.size(), 4U);
  EXPECT_GE(in_clusters, 50U);
}

TEST(DensityClusters, SizesBelowTwoAreRefused) {
  EXPECT_THROW(clusters_of({1, 2, 3}, 1, {.min_size = 1}), Error);
}

}  // namespace
}  // namespace kindred::estimators
