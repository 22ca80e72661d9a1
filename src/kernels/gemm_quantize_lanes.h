// The range of a row of activations over the `Lanes` of the including file. Internal; tested by
// matmul_test.cc.
#pragma once

#include "kernels/gemm_isa.h"

namespace kindred::kernels {
namespace {

/// q = round(x · inverse) + zero, within 0 … limit.
struct RowQuantizer {
  float inverse;
  std::int32_t zero;
};

/// Writes the row's scale. A row with a value that is not finite gets the scale NaN.
inline RowQuantizer measure_row(const GemmRow& row) {
  constexpr std::size_t w = Lanes::kWidth;
  Lanes::Vector low = Lanes::zero();  // of -x
  Lanes::Vector high = Lanes::zero();
  Lanes::Vector not_finite = Lanes::zero();  // x · 0 is NaN where x is not finite
  Lanes::Vector squares = Lanes::zero();
  const auto include = [&](Lanes::Vector v) {
    squares = Lanes::fma(v, v, squares);
    low = Lanes::max(low, Lanes::sub(Lanes::zero(), v));
    high = Lanes::max(high, v);
    not_finite = Lanes::fma(v, Lanes::zero(), not_finite);
  };
  std::size_t i = 0;
  for (; i + w <= row.k; i += w) include(Lanes::load(row.x + i));
  if (i < row.k) include(Lanes::load_first(row.x + i, row.k - i));
  if (Lanes::sum(not_finite) != 0.0F) {
    *row.scale = {__builtin_nanf(""), 0, 0.0F};
    return {0.0F, 0};
  }
  const float minus_lowest = Lanes::maximum(low);
  const auto limit = static_cast<float>(row.limit);
  const float range = Lanes::maximum(high) + minus_lowest;
  const float inverse = range > kSmallestRange ? limit / range : 0.0F;
  const std::int32_t zero = _mm_cvtss_si32(_mm_set_ss(minus_lowest * inverse));
  *row.scale = {range / limit, zero, Lanes::sum(squares)};
  return {inverse, zero};
}

}  // namespace
}  // namespace kindred::kernels
