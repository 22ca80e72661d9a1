// norm_rows over the `Lanes` of the including file. Internal.
#pragma once

#include "kernels/norm_isa.h"

namespace kindred::kernels {
namespace {

/// Σ (x - shift), or Σ (x - shift)² when kSquared, in four interleaved accumulators.
template <bool kSquared>
float shifted_sum(const float* x, std::size_t n, float shift) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  const V s = Lanes::set(shift);
  V a0 = Lanes::zero(), a1 = a0, a2 = a0, a3 = a0;
  const auto accumulate = [&](V& acc, V v) {
    if constexpr (kSquared) {
      const V d = Lanes::sub(v, s);
      acc = Lanes::fma(d, d, acc);
    } else {
      acc = Lanes::add(acc, v);
    }
  };
  std::size_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w) {
    accumulate(a0, Lanes::load(x + i));
    accumulate(a1, Lanes::load(x + i + w));
    accumulate(a2, Lanes::load(x + i + 2 * w));
    accumulate(a3, Lanes::load(x + i + 3 * w));
  }
  for (; i + w <= n; i += w) accumulate(a0, Lanes::load(x + i));
  if (i < n) accumulate(a1, Lanes::keep_first(Lanes::load_first(x + i, n - i), s, n - i));
  return Lanes::sum(Lanes::add(Lanes::add(a0, a1), Lanes::add(a2, a3)));
}

template <NormStore kStore>
void norm_row(const RowNorm& norm, const float* x, std::size_t n, float* y) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  const float count = static_cast<float>(n);
  const float mean = norm.centered ? shifted_sum<false>(x, n, 0.0F) / count : 0.0F;
  const float variance = shifted_sum<true>(x, n, mean) / count;
  const float inverse = 1.0F / __builtin_sqrtf(variance + norm.eps);
  const V center = Lanes::set(mean);
  const V scale = Lanes::set(inverse);
  const auto normalized = [&](V v, V weight) {
    return Lanes::mul(Lanes::mul(Lanes::sub(v, center), scale), weight);
  };
  std::size_t i = 0;
  for (; i + w <= n; i += w) {
    V v = normalized(Lanes::load(x + i), Lanes::load(norm.weight + i));
    if (norm.bias != nullptr) v = Lanes::add(v, Lanes::load(norm.bias + i));
    if constexpr (kStore == NormStore::add) v = Lanes::add(v, Lanes::load(y + i));
    Lanes::store(y + i, v);
  }
  if (const std::size_t rest = n - i; rest > 0) {
    V v = normalized(Lanes::load_first(x + i, rest), Lanes::load_first(norm.weight + i, rest));
    if (norm.bias != nullptr) v = Lanes::add(v, Lanes::load_first(norm.bias + i, rest));
    if constexpr (kStore == NormStore::add) v = Lanes::add(v, Lanes::load_first(y + i, rest));
    Lanes::store_first(y + i, v, rest);
  }
}

void norm_rows_lanes(const RowNorm& norm, const NormRows& rows) {
  for (std::size_t r = 0; r < rows.m; ++r) {
    const float* x = rows.x + r * rows.ldx;
    float* y = rows.y + r * rows.ldy;
    if (rows.store == NormStore::add)
      norm_row<NormStore::add>(norm, x, rows.n, y);
    else
      norm_row<NormStore::overwrite>(norm, x, rows.n, y);
  }
}

}  // namespace
}  // namespace kindred::kernels
