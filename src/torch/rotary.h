// Rotary positions (RoFormer) of packed tokens. Tested by transformer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/spec.h"

namespace kindred::torch {

/// The turns of a batch by one set of frequencies.
struct Turns {
  at::Tensor cosine;  ///< T × 1 × pairs
  at::Tensor sine;
  bool interleaved = false;

  /// `places`: T, int64.
  static Turns make(const model::RopeSpec& rope, const at::Tensor& places);
};

/// `x`: T × heads × head_dim; the first 2 · pairs values of each head are turned.
at::Tensor turn(const at::Tensor& x, const Turns& turns);

}  // namespace kindred::torch
