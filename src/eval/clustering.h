// How well clusters agree with known classes. Tested by scores_test.cc.
#pragma once

#include <cstdint>
#include <span>

namespace kindred::eval {

/// Each of them scikit-learn's, with the natural logarithm: homogeneity (a cluster holds one
/// class), completeness (a class lies in one cluster), their harmonic mean (Rosenberg and
/// Hirschberg 2007), and the Rand index adjusted for chance (Hubert and Arabie 1985).
struct ClusterAgreement {
  double homogeneity = 1.0;
  double completeness = 1.0;
  double v_measure = 1.0;
  double adjusted_rand = 1.0;
};

/// Of n things their classes and their clusters, any numbers; noise (-1) is a cluster as others.
/// All 1 for n = 0. Errors: internal for unequal lengths.
ClusterAgreement compare_clusters(std::span<const std::int64_t> classes,
                                  std::span<const std::int64_t> clusters);

}  // namespace kindred::eval
