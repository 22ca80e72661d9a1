// Looking for NaN and infinity among floats.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kindred::io {

/// The place of the first value that is NaN or infinite; `n` where all are finite.
inline std::size_t first_not_finite(const float* x, std::size_t n) noexcept {
  constexpr std::size_t kLanes = 16;  // of a length known to the compiler, so that it vectorises
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += x[i + l] * 0.0F;  // NaN unless finite
  float sum = 0.0F;
  for (const float lane : lanes) sum += lane;
  for (; i < n; ++i) sum += x[i] * 0.0F;
  if (sum == 0.0F) return n;
  const auto finite = [](float value) { return std::isfinite(value); };
  return static_cast<std::size_t>(std::find_if_not(x, x + n, finite) - x);
}

}  // namespace kindred::io
