// The nearest other rows of every row of a matrix. Tested by neighbor_graph_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"

namespace kindred::estimators {

struct NeighborGraph {
  std::size_t rows = 0;
  std::size_t k = 0;                   ///< at most rows − 1
  std::vector<std::uint32_t> indices;  ///< rows × k, nearest first, never the row itself
  std::vector<float> distances;        ///< rows × k

  std::span<const std::uint32_t> neighbors_of(std::size_t row) const {
    return std::span(indices).subspan(row * k, k);
  }
  std::span<const float> distances_of(std::size_t row) const {
    return std::span(distances).subspan(row * k, k);
  }
};

/// Every row against every other, by matrix products that choose and differences that measure: the
/// distance of equal rows is 0 exactly, and of equal distances the lower row comes first. More than
/// k rows equal to one another find others of them, whichever. Memory: what is returned, and a
/// block of products a thread. Time grows with the square of the rows. The same for every number of
/// threads.
NeighborGraph neighbor_graph(const MetricSpace& space, std::size_t k, ThreadPool& pool,
                             const Report& report = {});

}  // namespace kindred::estimators
