// Sums over rows of doubles, in an order that compilers turn into vector instructions.
#pragma once

#include <cstddef>

namespace kindred::estimators {

inline constexpr std::size_t kDoubleLanes = 8;

/// Σ a[k] b[k], by kDoubleLanes partial sums.
inline double dot(const double* a, const double* b, std::size_t n) noexcept {
  double lanes[kDoubleLanes] = {};
  std::size_t k = 0;
  for (; k + kDoubleLanes <= n; k += kDoubleLanes)
    for (std::size_t l = 0; l < kDoubleLanes; ++l) lanes[l] += a[k + l] * b[k + l];
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  for (; k < n; ++k) sum += a[k] * b[k];
  return sum;
}

/// out += s a.
inline void add_scaled(const double* a, double s, std::size_t n, double* out) noexcept {
  std::size_t k = 0;
  for (; k + kDoubleLanes <= n; k += kDoubleLanes)
    for (std::size_t l = 0; l < kDoubleLanes; ++l) out[k + l] += s * a[k + l];
  for (; k < n; ++k) out[k] += s * a[k];
}

/// out += s a + t b.
inline void add_scaled(const double* a, double s, const double* b, double t, std::size_t n,
                       double* out) noexcept {
  std::size_t k = 0;
  for (; k + kDoubleLanes <= n; k += kDoubleLanes)
    for (std::size_t l = 0; l < kDoubleLanes; ++l) out[k + l] += s * a[k + l] + t * b[k + l];
  for (; k < n; ++k) out[k] += s * a[k] + t * b[k];
}

}  // namespace kindred::estimators
