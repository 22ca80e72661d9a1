#include "estimators/spanning_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "estimators/disjoint_sets.h"

namespace kindred::estimators {
namespace {

struct Case {
  std::vector<float> x;
  std::size_t d;
  std::size_t samples;
  std::size_t k;
};

std::vector<float> core_of(const NeighborGraph& graph, std::size_t samples) {
  std::vector<float> core(graph.rows, 0.0F);
  for (std::size_t r = 0; samples > 1 && r < graph.rows; ++r)
    core[r] = graph.distances_of(r)[samples - 2];
  return core;
}

std::vector<TreeEdge> tree_of(const Case& c, Distance distance, int threads = 2) {
  ThreadPool pool(threads);
  const MetricSpace space(c.x.data(), c.x.size() / c.d, c.d, distance, pool);
  const NeighborGraph graph = neighbor_graph(space, c.k, pool);
  return spanning_tree(space, graph, core_of(graph, c.samples), pool);
}

// Prim's algorithm over all pairs: the weights, ascending.
std::vector<float> prim(const Case& c, Distance distance) {
  ThreadPool pool(1);
  const std::size_t n = c.x.size() / c.d;
  const MetricSpace space(c.x.data(), n, c.d, distance, pool);
  const std::vector<float> core = core_of(neighbor_graph(space, c.k, pool), c.samples);
  std::vector<float> nearest(n, std::numeric_limits<float>::infinity()), weights;
  std::vector<bool> in(n);
  for (std::size_t at = 0, count = 1; count < n; ++count) {
    in[at] = true;
    std::size_t next = n;
    for (std::size_t j = 0; j < n; ++j) {
      if (in[j]) continue;
      nearest[j] = std::min(nearest[j], std::max({core[at], core[j], space.between(at, j)}));
      if (next == n || nearest[j] < nearest[next]) next = j;
    }
    weights.push_back(nearest[next]);
    at = next;
  }
  std::sort(weights.begin(), weights.end());
  return weights;
}

// Groups of unequal size and spread, some rows twice.
Case mixture(std::size_t rows, std::size_t d, std::size_t samples, std::size_t k,
             std::uint64_t seed) {
  Random random(seed);
  Case c{{}, d, samples, k};
  while (c.x.size() < rows * d) {
    const double far = 5.0 * static_cast<double>(random.below(5));
    const double spread = 0.1 + random.uniform();
    for (std::size_t i = 0; i < d; ++i)
      c.x.push_back(static_cast<float>(far + spread * random.normal()));
    if (random.below(10) == 0 && c.x.size() < rows * d)
      c.x.insert(c.x.end(), c.x.end() - static_cast<std::ptrdiff_t>(d), c.x.end());
  }
  return c;
}

TEST(SpanningTree, WeighsNoMoreThanPrims) {
  for (const auto distance : {Distance::cosine, Distance::euclidean})
    for (const Case& c : {mixture(600, 6, 5, 10, 1), mixture(500, 3, 1, 2, 2),
                          mixture(400, 20, 12, 11, 3), mixture(300, 2, 2, 1, 4)}) {
      const std::vector<TreeEdge> tree = tree_of(c, distance);
      const std::vector<float> wanted = prim(c, distance);
      ASSERT_EQ(tree.size(), wanted.size());
      DisjointSets sets(wanted.size() + 1);
      for (std::size_t i = 0; i < tree.size(); ++i) {
        EXPECT_EQ(tree[i].weight, wanted[i]) << i;
        EXPECT_TRUE(sets.join(tree[i].a, tree[i].b)) << i;
      }
    }
}

TEST(SpanningTree, EqualWeightsMakeNoCircles) {
  Case grid{{}, 2, 3, 4};
  for (int i = 0; i < 15; ++i)
    for (int j = 0; j < 15; ++j) {
      grid.x.push_back(static_cast<float>(i));
      grid.x.push_back(static_cast<float>(j));
    }
  const std::vector<TreeEdge> tree = tree_of(grid, Distance::euclidean);
  ASSERT_EQ(tree.size(), 224U);
  DisjointSets sets(225);
  for (const TreeEdge& e : tree) {
    EXPECT_TRUE(sets.join(e.a, e.b));
    EXPECT_FLOAT_EQ(e.weight, 1.0F);
  }
  const Case equal{std::vector<float>(100, 1.0F), 2, 3, 4};
  EXPECT_EQ(tree_of(equal, Distance::euclidean).size(), 49U);
}

TEST(SpanningTree, ThreadsDoNotChangeIt) {
  const Case c = mixture(900, 5, 4, 3, 5);
  const auto one = tree_of(c, Distance::euclidean, 1), four = tree_of(c, Distance::euclidean, 4);
  ASSERT_EQ(one.size(), four.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].a, four[i].a);
    EXPECT_EQ(one[i].b, four[i].b);
  }
}

TEST(SpanningTree, OneRowAndNone) {
  EXPECT_TRUE(tree_of({{1, 2}, 2, 1, 1}, Distance::euclidean).empty());
  EXPECT_TRUE(tree_of({{}, 2, 1, 1}, Distance::euclidean).empty());
}

}  // namespace
}  // namespace kindred::estimators
