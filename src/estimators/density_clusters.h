// Clusters where rows lie dense, however many, and noise between them. Tested by
// density_clusters_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/metric_space.h"

namespace kindred::estimators {

enum class Selection : std::uint8_t {
  excess_of_mass,  ///< the most stable clusters of the hierarchy
  leaf,            ///< its ends: more and smaller clusters
};

struct DensityOptions {
  std::size_t min_size = 5;     ///< rows that make a cluster
  std::size_t min_samples = 0;  ///< rows, itself among them, that make a row's neighbourhood dense;
                                ///< 0: as min_size. Less: less noise
  Selection selection = Selection::excess_of_mass;
  bool allow_single = false;  ///< all rows may be one cluster; not by leaves
};

struct DensityClusters {
  std::size_t clusters = 0;
  std::vector<std::int32_t> labels;  ///< −1: noise
  std::vector<float> probabilities;  ///< how central a row is in its cluster, 0 of noise
};

/// HDBSCAN* (Campello, Moulavi and Sander, "Density-Based Clustering Based on Hierarchical Density
/// Estimates", 2013), exactly, as sklearn.cluster.HDBSCAN: core distances, a spanning tree by
/// mutual reachability, the condensed tree and its best clusters. Where edges of the tree are
/// equally long, as core distances make them, several trees are right, and rows at the border of a
/// cluster may be in it by one and noise by another (scikit-learn's choice is by the order of the
/// rows). Beside it, fewer rows than `min_samples` are no error, and equal rows have a finite
/// density (see CondensedTree). Memory grows with the rows, not with their square. The same for
/// every number of threads. Errors: bad_input for a min_size below 2.
DensityClusters density_clusters(const MetricSpace& space, const DensityOptions& options,
                                 ThreadPool& pool, const Report& report = {});

}  // namespace kindred::estimators
