#include "torch/differentiable.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace kindred::torch {
namespace {

/// x² + y with a gradient that tells that it was called.
at::Tensor square_plus(const at::Tensor& x, const at::Tensor& y, int& calls) {
  return differentiable({x, y}, [&calls](const std::vector<at::Tensor>& in) {
    const at::Tensor kept = in[0].detach();
    return Computed{{kept.mul(kept).add(in[1])},
                    [kept, &calls](const std::vector<at::Tensor>& gradients) {
                      ++calls;
                      return std::vector<at::Tensor>{gradients[0].mul(kept).mul(2), gradients[0]};
                    }};
  })[0];
}

TEST(Differentiable, TakesItsOwnGradient) {
  const at::Tensor x = at::tensor({3.0, -2.0}).requires_grad_(true);
  const at::Tensor y = at::tensor({1.0, 1.0}).requires_grad_(true);
  int calls = 0;
  const at::Tensor out = square_plus(x.mul(2), y, calls).sum();
  EXPECT_DOUBLE_EQ(out.item<double>(), 36.0 + 16.0 + 2.0);
  out.backward();
  EXPECT_EQ(calls, 1);
  EXPECT_DOUBLE_EQ(x.grad()[0].item<double>(), 24.0);
  EXPECT_DOUBLE_EQ(x.grad()[1].item<double>(), -16.0);
  EXPECT_DOUBLE_EQ(y.grad()[1].item<double>(), 1.0);
}

TEST(Differentiable, RecordsNothingWhereNoGradientIsWanted) {
  int calls = 0;
  EXPECT_FALSE(square_plus(at::ones({2}), at::ones({2}), calls).requires_grad());
  const at::NoGradGuard no_graph;
  EXPECT_FALSE(
      square_plus(at::ones({2}).requires_grad_(true), at::ones({2}), calls).requires_grad());
}

}  // namespace
}  // namespace kindred::torch
