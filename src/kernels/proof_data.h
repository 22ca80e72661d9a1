// Small inputs for the proofs of variants, and the comparison of what comes out. Internal; tested
// by variants_test.cc.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kindred::kernels {

/// `n` values between -1 and 1, the same each time.
inline std::vector<float> proof_values(std::size_t n, std::uint32_t seed) {
  std::vector<float> values(n);
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;  // Knuth's linear congruence, as in Numerical Recipes
    value = static_cast<float>(state >> 8) / static_cast<float>(1U << 23) - 1.0F;
  }
  return values;
}

/// All within `tolerance` of each other, or within that share of an expected value above 1; a NaN
/// is near nothing.
inline bool all_near(const std::vector<float>& found, const std::vector<float>& expected,
                     float tolerance) {
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::fabs(found[i] - expected[i]) <= tolerance * std::max(1.0F, std::fabs(expected[i]))))
      return false;
  return true;
}

}  // namespace kindred::kernels
