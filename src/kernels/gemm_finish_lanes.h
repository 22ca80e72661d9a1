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

template <MatmulActivation kActivation>
void finish_rows(const GemmFinish& f) {
  using V = Lanes::Vector;
  constexpr std::size_t w = Lanes::kWidth;
  for (std::size_t c = 0; c < f.columns; c += w) {
    const std::size_t count = f.columns - c < w ? f.columns - c : w;
    const V bias = f.bias == nullptr ? Lanes::zero() : Lanes::load_first(f.bias + c, count);
    const V bias_up =
        f.bias_up == nullptr ? Lanes::zero() : Lanes::load_first(f.bias_up + c, count);
    for (int r = 0; r < f.rows; ++r) {
      const float* tile = f.tile + static_cast<std::size_t>(r) * f.tile_stride + c;
      const std::size_t at = static_cast<std::size_t>(r) * f.ldy + c;
      V value = activated<kActivation>(Lanes::add(Lanes::load_first(tile, count), bias));
      if (f.gated)
        value = Lanes::mul(value, Lanes::add(Lanes::load_first(tile + f.up, count), bias_up));
      if (count == w) {
        if (f.residual != nullptr) value = Lanes::add(value, Lanes::load(f.residual + at));
        Lanes::store(f.y + at, value);
      } else {
        if (f.residual != nullptr)
          value = Lanes::add(value, Lanes::load_first(f.residual + at, count));
        Lanes::store_first(f.y + at, value, count);
      }
    }
  }
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
