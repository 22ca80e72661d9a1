// An operator with a gradient of its own, without LibTorch's heavy autograd headers. Tested by
// differentiable_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace kindred::torch {

/// Gets the gradient of every output (undefined where nothing flows back), returns one of every
/// input (undefined where there is none).
using Backward = std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>& gradients)>;

/// What an operator computed, and its gradient.
struct Computed {
  std::vector<at::Tensor> outputs;
  Backward backward;  ///< keeps what it needs; dropped with the graph
};

/// Calls `forward` with the inputs, no graph being recorded, and makes its outputs depend on the
/// inputs by its `backward`, which is called once at most for each pass through the graph, also
/// without a graph: there are no second derivatives. Where no input wants a gradient, or none is
/// recorded, `backward` is dropped at once.
std::vector<at::Tensor> differentiable(
    std::vector<at::Tensor> inputs,
    const std::function<Computed(const std::vector<at::Tensor>& inputs)>& forward);

}  // namespace kindred::torch
