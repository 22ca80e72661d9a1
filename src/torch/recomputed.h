// Gradient checkpointing: a block whose activations are made again in the backward pass (Chen et
// al., 2016). Tested by recomputed_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace kindred::torch {

/// block(x), without its activations. `parameters`: tensors that the block trains, which get their
/// gradients in its second run. The block must give the same value twice, and lives as long as the
/// graph.
at::Tensor recomputed(const at::Tensor& x, const std::vector<at::Tensor>& parameters,
                      std::function<at::Tensor(const at::Tensor&)> block);

}  // namespace kindred::torch
