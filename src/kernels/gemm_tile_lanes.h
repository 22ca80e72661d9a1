// Tiles of fp32 activations over the `Lanes` of the including file. Internal; tested by
// matmul_test.cc.
#pragma once

#include <utility>

#include "kernels/gemm_isa.h"

namespace kindred::kernels {
namespace {

// A panel is two vectors wide. What one step over k reads of it, whatever the weights:
constexpr int kColumns = 2 * static_cast<int>(Lanes::kWidth);
constexpr std::size_t kStepBytes = kColumns * sizeof(float);
constexpr int kMostPanels = 4;

/// A panel's columns at one k.
struct Fp32Weights {
  static constexpr int kStep = 1;  // values of k in kStepBytes
  static Lanes::Vector load(const std::byte* w, int /*k*/, int half) {
    return Lanes::load(reinterpret_cast<const float*>(w) + half * static_cast<int>(Lanes::kWidth));
  }
};

/// One k of a tile: w points at the step that holds it, and `index` says where.
template <typename Weights, int kRows, int kPanels>
inline void accumulate(Lanes::Vector (&sums)[kRows][2 * kPanels], const float* x,
                       std::size_t stride, const std::byte* w, std::size_t panel_stride,
                       int index) {
  Lanes::Vector columns[2 * kPanels];
#pragma GCC unroll 16
  for (int c = 0; c < 2 * kPanels; ++c)
    columns[c] = Weights::load(w + static_cast<std::size_t>(c / 2) * panel_stride, index, c % 2);
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    const Lanes::Vector value = Lanes::broadcast(x + static_cast<std::size_t>(r) * stride);
#pragma GCC unroll 16
    for (int c = 0; c < 2 * kPanels; ++c) sums[r][c] = Lanes::fma(value, columns[c], sums[r][c]);
  }
}

/// Every product is summed over k in order, so that its bits depend on nothing else.
template <typename Weights, int kRows, int kPanels>
void multiply(const GemmTile& t) {
  Lanes::Vector sums[kRows][2 * kPanels];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int c = 0; c < 2 * kPanels; ++c) sums[r][c] = Lanes::zero();

  const float* x = reinterpret_cast<const float*>(t.x);
  const std::size_t stride = t.x_stride / sizeof(float);
  const std::byte* w = t.weights;
  std::size_t k = 0;
  for (; k + Weights::kStep <= t.k; k += Weights::kStep, w += kStepBytes) {
#pragma GCC unroll 2
    for (int i = 0; i < Weights::kStep; ++i)
      accumulate<Weights, kRows, kPanels>(sums, x + k + i, stride, w, t.panel_stride, i);
  }
  if (k < t.k) accumulate<Weights, kRows, kPanels>(sums, x + k, stride, w, t.panel_stride, 0);

#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (int c = 0; c < 2 * kPanels; ++c)
      Lanes::store(
          t.out + static_cast<std::size_t>(r) * t.out_stride + c * static_cast<int>(Lanes::kWidth),
          sums[r][c]);
}

/// Most panels of a tile of `rows` rows when `vectors` sums fit in registers: few rows take several
/// panels at once, for it needs about ten sums to hide the latency of one.
constexpr int most_panels(int rows, int vectors) {
  const int panels = vectors / (2 * rows);
  return panels < 1 ? 1 : panels < kMostPanels ? panels : kMostPanels;
}

using TileFunction = void (*)(const GemmTile&);

template <typename Weights, int kVectors, int kRows, int kPanels>
constexpr TileFunction multiply_if_it_fits() {
  if constexpr (kPanels <= most_panels(kRows, kVectors))
    return multiply<Weights, kRows, kPanels>;
  else
    return nullptr;
}

/// The tile of up to sizeof...(kRows) rows.
template <typename Weights, int kVectors, int... kRows>
void tile_of(const GemmTile& t, std::integer_sequence<int, kRows...> /*rows*/) {
  static constexpr TileFunction kMultiply[sizeof...(kRows)][kMostPanels] = {
      {multiply_if_it_fits<Weights, kVectors, kRows + 1, 1>(),
       multiply_if_it_fits<Weights, kVectors, kRows + 1, 2>(),
       multiply_if_it_fits<Weights, kVectors, kRows + 1, 3>(),
       multiply_if_it_fits<Weights, kVectors, kRows + 1, 4>()}...};
  kMultiply[t.rows - 1][t.panels - 1](t);
}

/// A kernel for fp32 activations, without functions: rows × 2 vectors of sums stay in registers.
constexpr GemmKernel float_layout(Isa isa, WeightType weights, int rows) {
  GemmKernel kernel{};
  kernel.isa = isa;
  kernel.weights = weights;
  kernel.activations = ActivationFormat::fp32;
  kernel.columns = kColumns;
  kernel.group = weights == WeightType::bf16 ? 2 : 1;
  kernel.k_multiple = kernel.group;
  kernel.rows = rows;
  for (int r = 1; r <= rows; ++r)
    kernel.panels[r] = static_cast<std::uint8_t>(most_panels(r, 2 * rows));
  return kernel;
}

}  // namespace
}  // namespace kindred::kernels
