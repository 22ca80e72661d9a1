// How far a map's neighbours are neighbours of the vectors. Tested by trustworthiness_test.cc.
#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"

namespace kindred::estimators {

/// 1 − 2 / (n k (2n − 3k − 1)) Σᵢ Σⱼ max(0, r(i, j) − k): j over the k nearest of row i in the map,
/// r its rank among i's neighbours in the space (Venna and Kaski, 2001); as
/// sklearn.manifold.trustworthiness. `map`: rows × map_dimensions. Every row is compared with every
/// other. Errors: bad_input unless 0 < k < rows / 2.
double trustworthiness(const MetricSpace& space, const float* map, std::size_t map_dimensions,
                       std::size_t k, ThreadPool& pool);

}  // namespace kindred::estimators
