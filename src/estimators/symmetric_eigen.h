// Eigenvalues and eigenvectors of a symmetric matrix. Tested by symmetric_eigen_test.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::estimators {

struct EigenDecomposition {
  std::vector<double> values;   ///< d, the largest first
  std::vector<double> vectors;  ///< d × d, row-major: row i is the unit eigenvector of values[i]
};

/// The decomposition of a symmetric `d × d` matrix, of which only the lower triangle is read:
/// Householder's reduction to tridiagonal form, then the implicit QL method (tred2 and tql2 of
/// EISPACK; Martin, Reinsch and Wilkinson, 1968; Bowdler et al., 1968). Reflections and rotations
/// are kept and applied to the vectors by panels that fit in the cache: 4/3 d³ + some 5 d³
/// products, a minute or so for d = 4,096, and 0.4 GB.
///
/// Of the two signs of a vector that is taken which makes its value of the largest magnitude
/// positive (scikit-learn's choice). The same bits on any number of threads. Errors: bad_input for
/// values that are not finite.
EigenDecomposition symmetric_eigen(std::vector<double> matrix, std::size_t d, ThreadPool& pool);

}  // namespace kindred::estimators
