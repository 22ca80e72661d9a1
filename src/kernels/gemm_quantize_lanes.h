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

inline bool all_finite(const float* x, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (!(x[i] - x[i] == 0.0F)) return false;
  return true;
}

/// Writes the row's scale. A row with a value that is not finite gets the scale NaN.
inline RowQuantizer measure_row(const GemmRow& row) {
  constexpr std::size_t w = Lanes::kWidth;
  // Two of each, so that one addition does not wait for the last.
  Lanes::Vector low[2] = {Lanes::zero(), Lanes::zero()};
  Lanes::Vector high[2] = {Lanes::zero(), Lanes::zero()};
  Lanes::Vector squares[2] = {Lanes::zero(), Lanes::zero()};
  const auto include = [&](int i, Lanes::Vector v) {
    squares[i] = Lanes::fma(v, v, squares[i]);
    low[i] = Lanes::min(low[i], v);
    high[i] = Lanes::max(high[i], v);
  };
  std::size_t i = 0;
  for (; i + 2 * w <= row.k; i += 2 * w) {
    include(0, Lanes::load(row.x + i));
    include(1, Lanes::load(row.x + i + w));
  }
  for (; i < row.k; i += w) include(0, Lanes::load_first(row.x + i, row.k - i < w ? row.k - i : w));
  const float sum = Lanes::sum(Lanes::add(squares[0], squares[1]));
  // The squares of finite values may overflow, too.
  if (!(sum < __builtin_inff()) && !all_finite(row.x, row.k)) {
    *row.scale = {__builtin_nanf(""), 0, 0.0F};
    return {0.0F, 0};
  }
  const float lowest = -Lanes::maximum(Lanes::sub(Lanes::zero(), Lanes::min(low[0], low[1])));
  const auto limit = static_cast<float>(row.limit);
  const float range = Lanes::maximum(Lanes::max(high[0], high[1])) - lowest;
  const float inverse = range > kSmallestRange ? limit / range : 0.0F;
  const std::int32_t zero = _mm_cvtss_si32(_mm_set_ss(-lowest * inverse));
  *row.scale = {range / limit, zero, sum};
  return {inverse, zero};
}

}  // namespace
}  // namespace kindred::kernels
