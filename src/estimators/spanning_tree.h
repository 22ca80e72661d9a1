// The tree that joins all rows by the shortest edges. Tested by spanning_tree_test.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"
#include "estimators/neighbor_graph.h"

namespace kindred::estimators {

struct TreeEdge {
  std::uint32_t a;
  std::uint32_t b;
  float weight;
};

/// A minimum spanning tree by mutual reachability, max(core[a], core[b], distance(a, b)) (Campello,
/// Moulavi and Sander, 2013): rows − 1 edges, ascending, ties by the rows. `core`: of each row the
/// distance to one of its `neighbors`, or 0.
///
/// Exact, by Borůvka's rounds: a tree's shortest edge to another is found among the neighbours
/// where these suffice, else by matrix products with all rows, of those rows alone whose neighbours
/// do not rule it out. The same for every number of threads. `report` is of trees joined.
std::vector<TreeEdge> spanning_tree(const MetricSpace& space, const NeighborGraph& neighbors,
                                    const std::vector<float>& core, ThreadPool& pool,
                                    const Report& report = {});

}  // namespace kindred::estimators
