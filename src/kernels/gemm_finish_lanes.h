// The epilogue of a tile over the `Lanes` of the including file. Internal; tested by
// matmul_test.cc.
#pragma once

#include "kernels/gemm_isa.h"

namespace kindred::kernels {
namespace {

template <MatmulActivation kActivation>
inline Lanes::Vector activated(Lanes::Vector x) {
  if constexpr (kActivation == MatmulActivation::gelu_erf) return gelu_erf_vector(x);
  if constexpr (kActivation == MatmulActivation::gelu_tanh) return gelu_tanh_vector(x);
  if constexpr (kActivation == MatmulActivation::relu) return larger(Lanes::zero(), x);
  if constexpr (kActivation == MatmulActivation::silu) return silu_vector(x);
  return x;
}

/// One register of columns of every row. Whole registers are not masked: a masked load waits for
/// the tile's stores to leave the store buffer.
template <MatmulActivation kActivation, bool kWhole>
void finish_columns(const GemmFinish& f, std::size_t c, std::size_t count) {
  using V = Lanes::Vector;
  const auto load = [count](const float* p) {
    return kWhole ? Lanes::load(p) : Lanes::load_first(p, count);
  };
  const V bias = f.bias == nullptr ? Lanes::zero() : load(f.bias + c);
  const V bias_up = f.bias_up == nullptr ? Lanes::zero() : load(f.bias_up + c);
  for (int r = 0; r < f.rows; ++r) {
    const float* tile = f.tile + static_cast<std::size_t>(r) * f.tile_stride + c;
    const std::size_t at = static_cast<std::size_t>(r) * f.ldy + c;
    V value = activated<kActivation>(Lanes::add(load(tile), bias));
    if (f.gated) value = Lanes::mul(value, Lanes::add(load(tile + f.up), bias_up));
    if (f.residual != nullptr) value = Lanes::add(value, load(f.residual + at));
    if constexpr (kWhole) {
      Lanes::store(f.y + at, value);
    } else {
      Lanes::store_first(f.y + at, value, count);
    }
  }
}

template <MatmulActivation kActivation>
void finish_rows(const GemmFinish& f) {
  constexpr std::size_t w = Lanes::kWidth;
  std::size_t c = 0;
  for (; c + w <= f.columns; c += w) finish_columns<kActivation, true>(f, c, w);
  if (c < f.columns) finish_columns<kActivation, false>(f, c, f.columns - c);
}

void finish_lanes(const GemmFinish& f) {
  switch (f.activation) {
    case MatmulActivation::none:
      return finish_rows<MatmulActivation::none>(f);
    case MatmulActivation::gelu_erf:
      return finish_rows<MatmulActivation::gelu_erf>(f);
    case MatmulActivation::gelu_tanh:
      return finish_rows<MatmulActivation::gelu_tanh>(f);
    case MatmulActivation::relu:
      return finish_rows<MatmulActivation::relu>(f);
    case MatmulActivation::silu:
      return finish_rows<MatmulActivation::silu>(f);
  }
}

}  // namespace
}  // namespace kindred::kernels
