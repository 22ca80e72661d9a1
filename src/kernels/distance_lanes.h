// dot and squared_l2 over the `Lanes` of the including file. Internal.
#pragma once

#include "kernels/distance_isa.h"

namespace kindred::kernels {
namespace {

template <bool kDifference>
float distance_lanes(const float* a, const float* b, std::size_t n) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  V a0 = Lanes::zero(), a1 = a0, a2 = a0, a3 = a0;
  const auto accumulate = [](V& acc, V x, V y) {
    if constexpr (kDifference) {
      const V d = Lanes::sub(x, y);
      acc = Lanes::fma(d, d, acc);
    } else {
      acc = Lanes::fma(x, y, acc);
    }
  };
  std::size_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w) {
    accumulate(a0, Lanes::load(a + i), Lanes::load(b + i));
    accumulate(a1, Lanes::load(a + i + w), Lanes::load(b + i + w));
    accumulate(a2, Lanes::load(a + i + 2 * w), Lanes::load(b + i + 2 * w));
    accumulate(a3, Lanes::load(a + i + 3 * w), Lanes::load(b + i + 3 * w));
  }
  for (; i + w <= n; i += w) accumulate(a0, Lanes::load(a + i), Lanes::load(b + i));
  if (i < n) accumulate(a1, Lanes::load_first(a + i, n - i), Lanes::load_first(b + i, n - i));
  return Lanes::sum(Lanes::add(Lanes::add(a0, a1), Lanes::add(a2, a3)));
}

}  // namespace
}  // namespace kindred::kernels
