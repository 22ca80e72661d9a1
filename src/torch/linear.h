// Dense layers of the transformer. Tested by transformer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/spec.h"
#include "torch/weights.h"

namespace kindred::torch {

/// x · Wᵀ + bias, with the low-rank change where there is one. `x`: T × in, float32; returns T ×
/// out. `bf16`: products of rounded values, float32 sums and result.
at::Tensor linear(const at::Tensor& x, const Linear& w, bool bf16);

/// linear(act(gate) · up), or linear(act(up)) where `gate` is undefined. What it multiplies, the
/// widest activations of a transformer, is not kept for the gradient but made again.
at::Tensor activated_linear(const at::Tensor& gate, const at::Tensor& up,
                            model::Activation activation, const Linear& w, bool bf16);

}  // namespace kindred::torch
