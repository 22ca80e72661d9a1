// The largest eigenvectors of a symmetric matrix that is known by its products. Tested by
// lanczos_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::estimators {

/// y = A x of a symmetric A; called by one thread at a time.
using SymmetricProduct = std::function<void(const std::vector<double>& x, std::vector<double>& y)>;

/// Unit vectors of the `count` largest (not: largest in magnitude) eigenvalues among vectors
/// orthogonal to the orthonormal `known`, the largest first; fewer where there are no more. Lanczos
/// with every step made orthogonal to all before, a run an eigenvector, those found left out of the
/// next: equal eigenvalues are found as often as they are. A run ends after 200 steps (fewer of
/// more than some hundred thousand rows, to keep to 256 MB) or when |A v − λ v| ≤ `tolerance`; of
/// eigenvalues that lie close what it then has is a mixture. Bits do not depend on the threads.
std::vector<std::vector<double>> largest_eigenvectors(std::size_t n,
                                                      const SymmetricProduct& product,
                                                      std::size_t count,
                                                      const std::vector<std::vector<double>>& known,
                                                      double tolerance, std::uint64_t seed,
                                                      ThreadPool& pool);

}  // namespace kindred::estimators
