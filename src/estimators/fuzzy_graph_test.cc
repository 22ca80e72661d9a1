#include "estimators/fuzzy_graph.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "estimators/cluster_goldens.h"

namespace kindred::estimators {
namespace {

FuzzyGraph graph_of(const std::vector<float>& x, std::size_t d, std::size_t k) {
  ThreadPool pool(1);
  const MetricSpace space(x.data(), x.size() / d, d, Distance::euclidean, pool);
  return fuzzy_graph(neighbor_graph(space, k, pool));
}

TEST(FuzzyGraph, IsThatOfUmapLearn) {
  for (const auto& set : cluster_goldens()["sets"]) {
    const auto& wanted = set["fuzzy"];
    std::map<std::pair<std::uint32_t, std::uint32_t>, float> weights;
    for (std::size_t i = 0; i < wanted["row"].size(); ++i)
      weights[{wanted["row"][i], wanted["column"][i]}] = wanted["weight"][i];
    const FuzzyGraph graph =
        graph_of(floats(set["x"]), set["dimensions"], wanted["k"].get<std::size_t>() - 1);
    ASSERT_EQ(graph.columns.size(), weights.size());
    for (std::uint32_t row = 0; row < graph.rows(); ++row)
      for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
        const auto found = weights.find({row, graph.columns[e]});
        ASSERT_NE(found, weights.end()) << row << " " << graph.columns[e];
        EXPECT_NEAR(graph.weights[e], found->second, 2e-5) << row << " " << graph.columns[e];
      }
  }
}

TEST(FuzzyGraph, EqualRowsHaveWeightsOfOne) {
  const FuzzyGraph graph = graph_of(std::vector<float>(20, 1.0F), 2, 4);
  for (const float w : graph.weights) EXPECT_EQ(w, 1.0F);
  EXPECT_GE(graph.weights.size(), 40U);
}

TEST(FuzzyGraph, ComponentsAreNumberedByTheirFirstRows) {
  std::vector<float> x;
  for (int i = 0; i < 12; ++i) x.push_back(static_cast<float>((i % 3) * 100 + i));
  EXPECT_EQ(components_of(graph_of(x, 1, 2)),
            (std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}));
}

TEST(FuzzyGraph, WeakEdgesGo) {
  const FuzzyGraph graph = graph_of({0, 1, 3, 7, 15, 31}, 1, 3);
  const FuzzyGraph kept = without_weak(graph, 0.5F);
  EXPECT_LT(kept.columns.size(), graph.columns.size());
  EXPECT_EQ(kept.rows(), graph.rows());
  for (const float w : kept.weights) EXPECT_GE(w, 0.5F);
}

}  // namespace
}  // namespace kindred::estimators
