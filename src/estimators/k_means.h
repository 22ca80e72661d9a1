// A given number of clusters about their means. Tested by k_means_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"

namespace kindred::estimators {

struct KMeansOptions {
  std::size_t k = 8;
  std::size_t restarts = 4;  ///< the best of so many
  std::size_t most_steps = 300;
  std::uint64_t seed = 1;
};

struct KMeans {
  std::size_t clusters = 0;          ///< k, or fewer where fewer rows differ
  std::vector<std::int32_t> labels;  ///< of each row, below `clusters`; each has rows
  std::vector<float> distances;      ///< of each row to its cluster's centre
  double inertia = 0.0;              ///< Σ distance², of cosine Σ 2 (1 − cosine)
};

/// Lloyd's algorithm from k-means++'s starts, chosen greedily as scikit-learn does (Arthur and
/// Vassilvitskii, 2007); of the cosine spherical k-means, whose centres have length 1 (Dhillon and
/// Modha, 2001). A cluster that loses all rows takes the one farthest from its centre. The same for
/// every number of threads. Errors: bad_input unless 0 < k ≤ rows.
KMeans k_means(const MetricSpace& space, const KMeansOptions& options, ThreadPool& pool,
               const Report& report = {});

}  // namespace kindred::estimators
