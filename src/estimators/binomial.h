// How sure a share of n trials is. Tested by binomial_test.cc.
#pragma once

#include <cstddef>

namespace kindred::estimators {

/// P(X <= k) of X ~ Binomial(n, p), by the regularised incomplete beta function (its continued
/// fraction, by Lentz's method).
double binomial_cdf(std::size_t k, std::size_t n, double p);

/// The exact one-sided lower bound of a share that was `k` of `n` (Clopper and Pearson, 1934): with
/// `confidence` the true share is not below it. 0 for n = 0.
double binomial_lower_bound(std::size_t k, std::size_t n, double confidence);

}  // namespace kindred::estimators
