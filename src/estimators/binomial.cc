#include "estimators/binomial.h"

#include <algorithm>
#include <cmath>

namespace kindred::estimators {
namespace {

constexpr int kTerms = 10'000;
constexpr double kPrecision = 1e-15;
constexpr double kSmallest = 1e-300;

// The continued fraction of the incomplete beta function; converges fast for x < (a+1)/(a+b+2).
double beta_fraction(double a, double b, double x) {
  const auto nonzero = [](double value) { return std::abs(value) < kSmallest ? kSmallest : value; };
  double c = 1.0;
  double d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
  double h = d;
  for (int m = 1; m <= kTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    d = 1.0 / nonzero(1.0 + even * d);
    c = nonzero(1.0 + even / c);
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    d = 1.0 / nonzero(1.0 + odd * d);
    c = nonzero(1.0 + odd / c);
    h *= d * c;
    if (std::abs(d * c - 1.0) < kPrecision) break;
  }
  return h;
}

// I_x(a, b).
double incomplete_beta(double a, double b, double x) {
  if (x <= 0.0) return 0.0;
  if (x >= 1.0) return 1.0;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

}  // namespace

double binomial_cdf(std::size_t k, std::size_t n, double p) {
  if (k >= n) return 1.0;
  return incomplete_beta(static_cast<double>(n - k), static_cast<double>(k) + 1.0, 1.0 - p);
}

double binomial_lower_bound(std::size_t k, std::size_t n, double confidence) {
  if (n == 0 || k == 0) return 0.0;
  k = std::min(k, n);
  // P(X >= k) grows with p: the p at which it is 1 - confidence.
  double low = 0.0;
  double high = 1.0;
  for (int i = 0; i < 60; ++i) {
    const double p = (low + high) / 2.0;
    (incomplete_beta(static_cast<double>(k), static_cast<double>(n - k) + 1.0, p) < 1.0 - confidence
         ? low
         : high) = p;
  }
  return low;
}

}  // namespace kindred::estimators
