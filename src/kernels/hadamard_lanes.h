// The steps of the Hadamard transform between whole vectors of the including file's `Lanes`.
// Internal.
#pragma once

#include "kernels/hadamard_isa.h"

namespace kindred::kernels {
namespace {

/// Butterflies of distance `step` (a multiple of the width) up to n / 2, then the scale.
inline void hadamard_between(float* x, std::size_t n, std::size_t step, float scale) {
  using V = Lanes::Vector;
  for (; step < n; step *= 2) {
    const V factor = Lanes::set(2 * step == n ? scale : 1.0F);
    for (std::size_t begin = 0; begin < n; begin += 2 * step)
      for (std::size_t i = begin; i < begin + step; i += Lanes::kWidth) {
        const V a = Lanes::load(x + i), b = Lanes::load(x + i + step);
        Lanes::store(x + i, Lanes::mul(Lanes::add(a, b), factor));
        Lanes::store(x + i + step, Lanes::mul(Lanes::sub(a, b), factor));
      }
  }
}

}  // namespace
}  // namespace kindred::kernels
