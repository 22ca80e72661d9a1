#include "index/ivf_router.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "index/kmeans.h"
#include "index/test_vectors.h"

namespace kindred::index {
namespace {

/// Lists enough that centroids are chosen by codes.
struct Routed {
  static constexpr std::size_t kLists = 3000, kDimension = 128;
  ListTable table;
  std::vector<float> rotated_mean = std::vector<float>(kDimension, 0.01F);
  Rotation rotation{kDimension, 1};

  Routed() {
    table.mean.assign(kDimension, 0.0F);
    // Neighbouring lists are near one another, as training leaves them.
    const std::vector<float> sample = clustered_vectors(4 * kLists, kDimension, 4);
    ThreadPool pool(2);
    table.centroids =
        train_centroids(sample.data(), 4 * kLists, kDimension, kLists, 1, pool).centroids();
    for (std::uint32_t l = 0; l < kLists; ++l)
      table.lists.push_back({l * 10, 10, l, 1.0F + 0.01F * static_cast<float>(l % 7)});
  }
};

bool likelier(const Probe& a, const Probe& b) {
  return a.potential > b.potential || (a.potential == b.potential && a.list < b.list);
}

TEST(IvfRouter, ChoosesTheListsThatComparingAllWouldChoose) {
  const Routed routed;
  const std::vector<float> queries = clustered_vectors(50, Routed::kDimension, 6);
  for (const Metric metric : {Metric::cosine, Metric::inner_product, Metric::euclidean}) {
    const IvfRouter router(routed.table, metric, Routed::kDimension, routed.rotated_mean);
    std::size_t common = 0;
    for (std::size_t q = 0; q < 50; ++q) {
      IvfQuery query;
      query.prepare(queries.data() + q * Routed::kDimension, routed.table.mean, routed.rotation);
      std::vector<Probe> some, all;
      ASSERT_FALSE(router.route(query, 20, 0.3F, some));
      ASSERT_GE(some.size(), 20U);
      EXPECT_LT(some.size(), Routed::kLists / 5);
      ASSERT_TRUE(router.route(query, Routed::kLists, 0.3F, all));
      ASSERT_EQ(all.size(), Routed::kLists);
      std::sort(some.begin(), some.end(), likelier);
      std::sort(all.begin(), all.end(), likelier);
      for (std::size_t i = 0; i < 20; ++i)
        common += std::any_of(some.begin(), some.begin() + 20,
                              [&](const Probe& probe) { return probe.list == all[i].list; })
                      ? 1
                      : 0;
    }
    EXPECT_GE(common, 50 * 20 * 75 / 100) << static_cast<int>(metric);
  }
}

TEST(IvfRouter, ListsWithoutRowsAreLeftOut) {
  Routed routed;
  for (std::size_t l = 0; l < Routed::kLists; l += 2) routed.table.lists[l].rows = 0;
  const IvfRouter router(routed.table, Metric::euclidean, Routed::kDimension, routed.rotated_mean);
  const std::vector<float> x = clustered_vectors(1, Routed::kDimension, 6);
  IvfQuery query;
  query.prepare(x.data(), routed.table.mean, routed.rotation);
  std::vector<Probe> probes;
  router.route(query, Routed::kLists, 0.0F, probes);
  EXPECT_EQ(probes.size(), Routed::kLists / 2);
  for (const Probe& probe : probes) EXPECT_EQ(probe.list % 2, 1U);
}

}  // namespace
}  // namespace kindred::index
