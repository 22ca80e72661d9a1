#include "index/rotation.h"

#include <algorithm>
#include <bit>

#include "base/random.h"
#include "kernels/code_scan.h"
#include "kernels/hadamard.h"

namespace kindred::index {

Rotation::Rotation(std::size_t dimension, std::uint64_t seed)
    : dimension_(dimension),
      padded_((dimension + kernels::kCodeDimensions - 1) / kernels::kCodeDimensions *
              kernels::kCodeDimensions),
      signs_(kRounds * padded_) {
  Random random(seed);
  for (float& sign : signs_) sign = (random() >> 63) != 0 ? 1.0F : -1.0F;
}

void Rotation::apply(const float* in, float* out) const {
  std::copy_n(in, dimension_, out);
  std::fill(out + dimension_, out + padded_, 0.0F);
  const std::size_t power = std::bit_floor(padded_);
  const std::size_t half = padded_ / 2;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const float* signs = signs_.data() + round * padded_;
    for (std::size_t i = 0; i < padded_; ++i) out[i] *= signs[i];
    kernels::hadamard(round % 2 == 0 ? out : out + (padded_ - power), power);
    if (power == padded_) continue;
    constexpr float kHalfRoot = 0.70710678F;
    for (std::size_t i = 0; i < half; ++i) {
      const float a = out[i], b = out[i + half];
      out[i] = (a + b) * kHalfRoot;
      out[i + half] = (a - b) * kHalfRoot;
    }
  }
}

}  // namespace kindred::index
