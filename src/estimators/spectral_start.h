// Where the points of a map begin. Tested by umap_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/fuzzy_graph.h"
#include "estimators/metric_space.h"

namespace kindred::estimators {

/// Positions (rows × dimensions) by the eigenvectors of the graph's normalised Laplacian next to
/// the trivial one. Components without an edge between them have eigenvectors of their own, about
/// where the principal components of all vectors put their mean. The largest coordinate is 10.
std::vector<float> spectral_start(const MetricSpace& space, const FuzzyGraph& graph,
                                  std::size_t dimensions, std::uint64_t seed, ThreadPool& pool);

}  // namespace kindred::estimators
