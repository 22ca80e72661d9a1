#include "torch/linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>

#include <memory>
#include <optional>
#include <utility>

#include "torch/differentiable.h"

namespace kindred::torch {
namespace {

at::Tensor cast(const at::Tensor& x, bool bf16) {
  return bf16 ? x.to(at::kBFloat16) : x;
}

at::Tensor activated(const at::Tensor& x, model::Activation activation) {
  switch (activation) {
    case model::Activation::gelu_erf:
      return at::gelu(x);
    case model::Activation::gelu_tanh:
      return at::gelu(x, "tanh");
    case model::Activation::relu:
      return x.relu();
    case model::Activation::silu:
      break;
  }
  return at::silu(x);
}

// The gradients of W and x where `out` is that of x · Wᵀ.
at::Tensor gradient_of_weight(const at::Tensor& out, const at::Tensor& x, const at::Tensor& weight,
                              bool bf16) {
  if (!weight.requires_grad()) return {};
  return cast(out, bf16).t().mm(cast(x, bf16)).to(weight.scalar_type());
}

at::Tensor gradient_of_input(const at::Tensor& out, const at::Tensor& weight, bool bf16) {
  return cast(out, bf16).mm(cast(weight, bf16)).to(out.scalar_type());
}

/// What the gradient of activated_linear needs.
struct Remade {
  at::Tensor gate, up;
  model::Activation activation;
  Linear w;
  bool bf16;

  at::Tensor inner(const at::Tensor& g, const at::Tensor& u) const {
    return g.defined() ? activated(g, activation).mul(u) : activated(u, activation);
  }

  /// Of gate, up, weight, bias, a, b.
  std::vector<at::Tensor> gradient(const at::Tensor& out) const {
    const at::AutoGradMode graph(true);
    const at::Tensor g = gate.defined() ? gate.detach().requires_grad_(true) : gate;
    const at::Tensor u = up.detach().requires_grad_(true);
    const at::Tensor x = inner(g, u);
    const at::NoGradGuard no_graph;
    const at::Tensor values = x.detach();
    std::vector<at::Tensor> result(6);
    at::Tensor wanted = gradient_of_input(out, w.weight, bf16);
    result[2] = gradient_of_weight(out, values, w.weight, bf16);
    if (w.bias.defined() && w.bias.requires_grad()) result[3] = out.sum(0);
    if (w.low_rank) {
      const LowRank& low = *w.low_rank;
      const at::Tensor scaled = out.mul(low.scale);
      const at::Tensor between = gradient_of_input(scaled, low.b, bf16);
      wanted.add_(gradient_of_input(between, low.a, bf16));
      result[4] = gradient_of_weight(between, values, low.a, bf16);
      result[5] = gradient_of_weight(scaled, at::linear(cast(values, bf16), cast(low.a, bf16)),
                                     low.b, bf16);
    }
    x.backward(wanted);
    if (g.defined()) result[0] = g.grad();
    result[1] = u.grad();
    return result;
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const Linear& w, bool bf16) {
  const at::Tensor in = cast(x, bf16);
  at::Tensor y = at::linear(in, cast(w.weight, bf16),
                            w.bias.defined() ? std::optional(cast(w.bias, bf16)) : std::nullopt);
  if (w.low_rank) {
    const at::Tensor change =
        at::linear(at::linear(in, cast(w.low_rank->a, bf16)), cast(w.low_rank->b, bf16));
    y = y.add(change, w.low_rank->scale);
  }
  return bf16 ? y.to(at::kFloat) : y;
}

at::Tensor activated_linear(const at::Tensor& gate, const at::Tensor& up,
                            model::Activation activation, const Linear& w, bool bf16) {
  const at::Tensor none;
  const std::vector<at::Tensor> inputs = {gate,
                                          up,
                                          w.weight,
                                          w.bias,
                                          w.low_rank ? w.low_rank->a : none,
                                          w.low_rank ? w.low_rank->b : none};
  return differentiable(inputs, [&](const std::vector<at::Tensor>& given) {
    const auto kept = std::make_shared<const Remade>(Remade{
        given[0].defined() ? given[0].detach() : none, given[1].detach(), activation, w, bf16});
    return Computed{
        {linear(kept->inner(kept->gate, kept->up), w, bf16)},
        [kept](const std::vector<at::Tensor>& gradients) { return kept->gradient(gradients[0]); }};
  })[0];
}

}  // namespace kindred::torch
