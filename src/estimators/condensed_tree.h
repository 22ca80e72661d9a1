// How clusters of rows split as density rises. Tested by density_clusters_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "estimators/spanning_tree.h"

namespace kindred::estimators {

/// The hierarchy of single linkage over a spanning tree, in which a split counts only where both
/// parts have `min_size` rows; else rows fall out of the cluster (Campello, Moulavi and Sander,
/// 2013). λ is 1 / distance; distances below a thousandth of the median of those above 0 count as
/// that, since equal rows would outweigh everything else at an infinite λ.
struct CondensedTree {
  struct Cluster {
    std::int32_t parent = -1;  ///< −1 of the root, which is the first; parents come before children
    double birth = 0.0;        ///< λ at which it parts from its like
    double death = 0.0;        ///< the largest λ at which a row or a child leaves it
    double stability = 0.0;    ///< Σ (λ − birth) over what leaves it
    std::size_t size = 0;
    std::vector<std::int32_t> children = {};  ///< two or none
  };
  std::vector<Cluster> clusters;      ///< at least the root, where there are rows
  std::vector<std::int32_t> left_of;  ///< of each row: the cluster that it falls out of
  std::vector<double> lambda;         ///< and where

  static CondensedTree of(std::size_t rows, const std::vector<TreeEdge>& tree,
                          std::size_t min_size);
};

}  // namespace kindred::estimators
