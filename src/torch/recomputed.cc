#include "torch/recomputed.h"

#include <ATen/core/grad_mode.h>

#include <utility>

#include "torch/differentiable.h"

namespace kindred::torch {

at::Tensor recomputed(const at::Tensor& x, const std::vector<at::Tensor>& parameters,
                      std::function<at::Tensor(const at::Tensor&)> block) {
  std::vector<at::Tensor> inputs = {x};
  inputs.insert(inputs.end(), parameters.begin(), parameters.end());
  const std::size_t count = inputs.size();
  return differentiable(std::move(inputs), [&](const std::vector<at::Tensor>& given) {
    const at::Tensor start = given[0].detach();
    return Computed{{block(start)},
                    [start, count, block](const std::vector<at::Tensor>& gradients) {
                      const at::AutoGradMode graph(true);
                      at::Tensor again = start.detach().requires_grad_(true);
                      block(again).backward(gradients[0]);
                      std::vector<at::Tensor> result(count);
                      result[0] = again.grad();
                      return result;
                    }};
  })[0];
}

}  // namespace kindred::torch
