// row_sum over the `Lanes` of the including file. Internal.
#pragma once

#include "kernels/row_sum_isa.h"

namespace kindred::kernels {
namespace {

// Columns that fill some registers are summed over all rows before the next are looked at, so that
// a sum is stored once.
template <std::size_t kVectors>
void sum_columns(const float* table, std::size_t columns, const std::uint32_t* rows,
                 const float* weights, std::size_t count, float* out) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  V sums[kVectors];
  for (V& sum : sums) sum = Lanes::zero();
  for (std::size_t i = 0; i < count; ++i) {
    const float* row = table + rows[i] * columns;
    if (weights == nullptr) {
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[v] = Lanes::add(sums[v], Lanes::load(row + v * w));
    } else {
      const V weight = Lanes::broadcast(weights + i);
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[v] = Lanes::fma(weight, Lanes::load(row + v * w), sums[v]);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) Lanes::store(out + v * w, sums[v]);
}

void row_sum_lanes(const float* table, std::size_t columns, const std::uint32_t* rows,
                   const float* weights, std::size_t count, float* out) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  constexpr std::size_t kMany = 8;
  std::size_t at = 0;
  for (; at + kMany * w <= columns; at += kMany * w)
    sum_columns<kMany>(table + at, columns, rows, weights, count, out + at);
  for (; at + 2 * w <= columns; at += 2 * w)
    sum_columns<2>(table + at, columns, rows, weights, count, out + at);
  for (; at < columns; at += w) {
    const std::size_t left = columns - at < w ? columns - at : w;
    V sum = Lanes::zero();
    for (std::size_t i = 0; i < count; ++i) {
      const V row = Lanes::load_first(table + rows[i] * columns + at, left);
      const V weight = Lanes::set(weights == nullptr ? 1.0F : weights[i]);
      sum = Lanes::fma(weight, row, sum);
    }
    Lanes::store_first(out + at, sum, left);
  }
}

}  // namespace
}  // namespace kindred::kernels
