// Vectors in two dimensions, or few: those that are near stay near. Tested by umap_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"
#include "estimators/neighbor_graph.h"

namespace kindred::estimators {

struct UmapOptions {
  std::size_t neighbors = 15;  ///< of a row, itself among them
  std::size_t dimensions = 2;
  double min_dist = 0.1;   ///< how close points may lie: 0 for clusters, more for reading
  double spread = 1.0;     ///< the scale of the map
  std::size_t epochs = 0;  ///< 0: 500, above 10,000 rows 200
  std::uint64_t seed = 1;
  Distance distance = Distance::cosine;

  void validate() const;  ///< Errors: bad_input
};

/// UMAP (McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for
/// Dimension Reduction", 2018), with umap-learn's constants: rows × options.dimensions.
///
/// The points of an epoch all move from where the epoch before left them, each by the edges and
/// random others of its own, so that the result is the same for every number of threads: by seed
/// alone. Exact neighbours: time grows with the square of the rows. Any number of rows will do: one
/// lies at 0; equal vectors lie together. Errors: bad_input for a value that is not finite.
std::vector<float> umap(const float* x, std::size_t rows, std::size_t dimensions,
                        const UmapOptions& options, ThreadPool& pool, const Report& report = {});

/// The same by neighbours that are there already: `options.neighbors` − 1 of each row.
std::vector<float> umap(const MetricSpace& space, const NeighborGraph& neighbors,
                        const UmapOptions& options, ThreadPool& pool, const Report& report = {});

/// a and b of 1 / (1 + a x^2b), fitted to 1 below `min_dist` and exp(−(x − min_dist) / spread)
/// beyond it.
std::pair<double, double> umap_curve(double spread, double min_dist);

}  // namespace kindred::estimators
