#include "torch/dropout.h"

#include <ATen/Context.h>
#include <ATen/ops/empty_like.h>

#include "torch/differentiable.h"

namespace kindred::torch {
namespace {

/// SplitMix64's finaliser (Steele, Lea, Flood, 2014), so that neighbouring places are far apart.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + (place + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

at::Tensor Dropout::apply(const at::Tensor& x, std::uint64_t place) const {
  if (probability <= 0.0) return x;
  return differentiable({x}, [&](const std::vector<at::Tensor>& inputs) {
    at::Generator generator = at::globalContext().defaultGenerator(x.device()).clone();
    generator.set_current_seed(mixed(seed, place));
    const at::Tensor mask = at::empty_like(inputs[0], at::TensorOptions(at::kBool))
                                .bernoulli_(1.0 - probability, generator);
    const double scale = 1.0 / (1.0 - probability);
    const auto masked = [mask, scale](const at::Tensor& y) { return y.mul(mask).mul_(scale); };
    return Computed{{masked(inputs[0])}, [masked](const std::vector<at::Tensor>& gradients) {
                      return std::vector<at::Tensor>{masked(gradients[0])};
                    }};
  })[0];
}

}  // namespace kindred::torch
