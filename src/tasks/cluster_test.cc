#include "tasks/cluster.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "kindred/error.h"
#include "tasks/cluster_report.h"

namespace kindred::tasks {
namespace {

struct Texts {
  std::vector<std::string> texts;
  std::vector<float> vectors;  // × 3
};

// Of three subjects, thirty, twenty and ten texts, the last of them the same text.
Texts subjects() {
  Texts made;
  Random random(1);
  const char* kWords[3] = {"running shoes for the road", "electric kettle of steel", "desk lamp"};
  for (std::size_t i = 0; i < 60; ++i) {
    const std::size_t s = i < 30 ? 0 : i < 50 ? 1 : 2;
    made.texts.push_back(std::string(kWords[s]) + (s < 2 ? " number" + std::to_string(i) : ""));
    for (std::size_t d = 0; d < 3; ++d)
      made.vectors.push_back(static_cast<float>((d == s ? 1.0 : 0.0) + 0.02 * random.normal()));
  }
  return made;
}

Clustering cluster_all(const Texts& t, const ClusterOptions& options, bool with_texts = true,
                       int threads = 2) {
  ThreadPool pool(threads);
  return cluster(
      t.vectors.data(), t.vectors.size() / 3, 3,
      with_texts ? std::span<const std::string>(t.texts) : std::span<const std::string>(), options,
      pool);
}

void expect_subjects(const Clustering& found) {
  ASSERT_EQ(found.clusters.size(), 3U);
  EXPECT_EQ(found.clusters[0].size + found.clusters[1].size + found.clusters[2].size + found.noise,
            60U);
  for (std::size_t i = 0; i < 60; ++i) {
    const int subject = i < 30 ? 0 : i < 50 ? 1 : 2;
    EXPECT_TRUE(found.labels[i] == subject || found.labels[i] == -1) << i;
  }
}

TEST(Cluster, KMeansNamesTheLargestFirst) {
  const Clustering found = cluster_all(subjects(), {.method = ClusterMethod::kmeans, .k = 3});
  expect_subjects(found);
  EXPECT_EQ(found.clusters[0].size, 30U);
  EXPECT_EQ(found.clusters[2].size, 10U);
  EXPECT_EQ(found.clusters[0].name, "road, running, shoe");
  EXPECT_EQ(found.clusters[2].name, "desk, lamp");
  EXPECT_EQ(found.clusters[0].examples.size(), 3U);
  EXPECT_EQ(found.clusters[2].examples.size(), 1U) << "the same text once";
  EXPECT_TRUE(found.probabilities.empty());
  for (const std::size_t row : found.clusters[1].examples) EXPECT_EQ(found.labels[row], 1);
}

TEST(Cluster, DensityFindsHowManyThereAre) {
  for (const std::size_t reduce : {0, 2}) {
    const Clustering found =
        cluster_all(subjects(), {.density = {.min_size = 8}, .reduce = reduce});
    expect_subjects(found);
    EXPECT_EQ(found.probabilities.size(), 60U);
    EXPECT_LT(found.noise, 15U);
  }
}

TEST(Cluster, WithoutTextsThereAreExamplesAndNoNames) {
  const Clustering found =
      cluster_all(subjects(), {.method = ClusterMethod::kmeans, .k = 3}, false);
  EXPECT_EQ(found.clusters[2].examples.size(), 3U);
  EXPECT_EQ(found.clusters[0].name, "");
}

TEST(Cluster, ThreadsDoNotChangeIt) {
  const ClusterOptions options{.density = {.min_size = 5}, .reduce = 2};
  EXPECT_EQ(cluster_all(subjects(), options, true, 1).labels,
            cluster_all(subjects(), options, true, 4).labels);
}

TEST(Cluster, NothingAndTooFewAreNoise) {
  EXPECT_TRUE(cluster_all({}, {}).labels.empty());
  const Texts few{{"a", "b"}, {1, 0, 0, 0, 1, 0}};
  EXPECT_EQ(cluster_all(few, {}).noise, 2U);
  EXPECT_THROW(cluster_all(few, {.method = ClusterMethod::kmeans}), Error);
  EXPECT_THROW(cluster_all(few, {.method = ClusterMethod::kmeans, .k = 3}), Error);
}

TEST(Cluster, AReportHasAPointARow) {
  const Texts t = subjects();
  const ClusterOptions options{.method = ClusterMethod::kmeans, .k = 3};
  const Clustering found = cluster_all(t, options);
  ThreadPool pool(2);
  const auto report = cluster_report(
      "all", found, cluster_map(t.vectors.data(), 60, 3, t.texts, found, options, 100, pool));
  ASSERT_TRUE(report.map);
  ASSERT_EQ(report.map->points.size(), 60U);
  EXPECT_EQ(report.map->points[59].group, "2: desk, lamp");
  EXPECT_EQ(report.map->points[59].label, "desk lamp");
  ASSERT_EQ(report.tables.at(0).rows.size(), 3U);
  EXPECT_EQ(report.tables[0].rows[0].cells[1].value, 0.5);
  const auto some = cluster_map(t.vectors.data(), 60, 3, {}, found, options, 20, pool);
  EXPECT_EQ(some.points.size(), 20U);
}

}  // namespace
}  // namespace kindred::tasks
