// The row products over the `Lanes` of the including file. Internal.
#pragma once

#include "kernels/row_products_isa.h"

namespace kindred::kernels {
namespace {

using V = Lanes::Vector;

// A tile of kI × kJ products, their sums in registers.
template <int kI, int kJ>
void dot_tile(const float* const* a, const float* const* b, std::size_t width, float* products,
              std::size_t ld) {
  V sums[kI][kJ];
#pragma GCC unroll 8
  for (int i = 0; i < kI; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < kJ; ++j) sums[i][j] = Lanes::zero();
  for (std::size_t k = 0; k < width; k += Lanes::kWidth) {
    V bk[kJ];
#pragma GCC unroll 8
    for (int j = 0; j < kJ; ++j) bk[j] = Lanes::load(b[j] + k);
#pragma GCC unroll 8
    for (int i = 0; i < kI; ++i) {
      const V ak = Lanes::load(a[i] + k);
#pragma GCC unroll 8
      for (int j = 0; j < kJ; ++j) sums[i][j] = Lanes::fma(ak, bk[j], sums[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kI; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < kJ; ++j)
      products[static_cast<std::size_t>(i) * ld + static_cast<std::size_t>(j)] =
          Lanes::sum(sums[i][j]);
}

template <int kI, int kJ>
void dot_rows(const float* const* a, Rows b, std::size_t width, float* products, std::size_t ld) {
  std::size_t j = 0;
  for (; j + kJ <= b.count; j += kJ) dot_tile<kI, kJ>(a, b.rows + j, width, products + j, ld);
  if constexpr (kJ > 2)
    if (j + 2 <= b.count) {
      dot_tile<kI, 2>(a, b.rows + j, width, products + j, ld);
      j += 2;
    }
  for (; j < b.count; ++j) dot_tile<kI, 1>(a, b.rows + j, width, products + j, ld);
}

// Four by three and their operands fill the sixteen registers of AVX2.
void dots(Rows a, Rows b, std::size_t width, float* products, std::size_t ld) {
  std::size_t i = 0;
  for (; i + 4 <= a.count; i += 4) dot_rows<4, 3>(a.rows + i, b, width, products + i * ld, ld);
  for (; i + 2 <= a.count; i += 2) dot_rows<2, 4>(a.rows + i, b, width, products + i * ld, ld);
  for (; i < a.count; ++i) dot_rows<1, 6>(a.rows + i, b, width, products + i * ld, ld);
}

// kI rows of `to`, kV vectors of each from `at` on.
template <int kI, int kV>
void add_tile(Coefficients g, Rows b, float* const* to, std::size_t at) {
  V sums[kI][kV];
#pragma GCC unroll 8
  for (int i = 0; i < kI; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) sums[i][v] = Lanes::zero();
  for (std::size_t j = 0; j < b.count; ++j) {
    V row[kV];
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v)
      row[v] = Lanes::load(b.rows[j] + at + static_cast<std::size_t>(v) * Lanes::kWidth);
#pragma GCC unroll 8
    for (int i = 0; i < kI; ++i) {
      const V factor =
          Lanes::broadcast(g.values + static_cast<std::size_t>(i) * g.row + j * g.column);
#pragma GCC unroll 8
      for (int v = 0; v < kV; ++v) sums[i][v] = Lanes::fma(factor, row[v], sums[i][v]);
    }
  }
  // One row after another, since the same row may stand here twice.
#pragma GCC unroll 8
  for (int i = 0; i < kI; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) {
      float* p = to[i] + at + static_cast<std::size_t>(v) * Lanes::kWidth;
      Lanes::store(p, Lanes::add(Lanes::load(p), sums[i][v]));
    }
}

template <int kI, int kV>
void add_rows(Coefficients g, Rows b, float* const* to, std::size_t width) {
  std::size_t at = 0;
  for (; at + kV * Lanes::kWidth <= width; at += kV * Lanes::kWidth) add_tile<kI, kV>(g, b, to, at);
  if constexpr (kV > 2)
    for (; at + 2 * Lanes::kWidth <= width; at += 2 * Lanes::kWidth) add_tile<kI, 2>(g, b, to, at);
  for (; at < width; at += Lanes::kWidth) add_tile<kI, 1>(g, b, to, at);
}

void add_products(Coefficients g, Rows b, float* const* to, std::size_t count, std::size_t width) {
  std::size_t i = 0;
  const auto from = [&](std::size_t row) {
    return Coefficients{g.values + row * g.row, g.row, g.column};
  };
  for (; i + 6 <= count; i += 6) add_rows<6, 2>(from(i), b, to + i, width);
  for (; i + 3 <= count; i += 3) add_rows<3, 4>(from(i), b, to + i, width);
  for (; i + 2 <= count; i += 2) add_rows<2, 4>(from(i), b, to + i, width);
  for (; i < count; ++i) add_rows<1, 8>(from(i), b, to + i, width);
}

void sigmoid_residuals(float* values, const float* weights, float label, std::size_t n) {
  const V one = Lanes::set(1.0F), is = Lanes::set(label);
  const auto residual = [&](V x, V weight) {
    const V sigmoid = Lanes::div(one, Lanes::add(one, Lanes::exp(Lanes::sub(Lanes::zero(), x))));
    return Lanes::mul(weight, Lanes::sub(is, sigmoid));
  };
  std::size_t i = 0;
  for (; i + Lanes::kWidth <= n; i += Lanes::kWidth)
    Lanes::store(values + i, residual(Lanes::load(values + i), Lanes::load(weights + i)));
  if (i == n) return;
  const std::size_t rest = n - i;
  Lanes::store_first(
      values + i,
      residual(Lanes::load_first(values + i, rest), Lanes::load_first(weights + i, rest)), rest);
}

}  // namespace
}  // namespace kindred::kernels
