// The one unit that includes LibTorch's autograd headers.
#include "torch/differentiable.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

namespace kindred::torch {
namespace {

namespace autograd = ::torch::autograd;

class Operator : public autograd::Node {
 public:
  Operator(autograd::edge_list&& next, Backward function)
      : autograd::Node(std::move(next)), backward_(std::move(function)) {}

  autograd::variable_list apply(autograd::variable_list&& gradients) override {
    const at::NoGradGuard no_graph;
    return backward_(gradients);
  }
  void release_variables() override { backward_ = nullptr; }

 private:
  Backward backward_;
};

}  // namespace

std::vector<at::Tensor> differentiable(
    std::vector<at::Tensor> inputs,
    const std::function<Computed(const std::vector<at::Tensor>& inputs)>& forward) {
  Computed computed;
  {
    const at::NoGradGuard no_graph;
    computed = forward(inputs);
  }
  if (!at::GradMode::is_enabled()) return std::move(computed.outputs);
  return autograd::wrap_outputs(
      inputs, std::move(computed.outputs), [&computed](autograd::edge_list&& next) {
        return c10::intrusive_ptr<autograd::Node>(
            c10::make_intrusive<Operator>(std::move(next), std::move(computed.backward)));
      });
}

}  // namespace kindred::torch
