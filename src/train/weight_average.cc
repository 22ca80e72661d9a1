#include "train/weight_average.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "base/error.h"

namespace kindred::train {

MovingAverage::MovingAverage(const NamedTensors& weights, double decay) : decay_(decay) {
  if (decay <= 0.0) return;
  for (const auto& [name, tensor] : weights)
    shadow_.emplace_back("ema." + name, tensor.detach().clone());
}

void MovingAverage::update(const NamedTensors& weights) {
  const at::NoGradGuard no_graph;
  for (std::size_t i = 0; i < shadow_.size(); ++i)
    shadow_[i].second.lerp_(weights[i].second.detach(), 1.0 - decay_);
}

void MovingAverage::apply(const NamedTensors& weights) const {
  const at::NoGradGuard no_graph;
  for (std::size_t i = 0; i < shadow_.size(); ++i)
    weights[i].second.detach().copy_(shadow_[i].second);
}

at::Tensor spherical(const at::Tensor& a, const at::Tensor& b, double t) {
  const double lengths = a.norm().item<double>() * b.norm().item<double>();
  const double cosine = lengths > 0.0 ? a.flatten().dot(b.flatten()).item<double>() / lengths : 1.0;
  if (std::abs(cosine) > 1.0 - 1e-6) return a.mul(1.0 - t).add(b, t);
  const double angle = std::acos(cosine);
  return a.mul(std::sin((1.0 - t) * angle) / std::sin(angle))
      .add(b, std::sin(t * angle) / std::sin(angle));
}

void average_checkpoints(const std::vector<std::string>& paths, bool slerp,
                         const NamedTensors& weights) {
  require(!paths.empty(), "checkpoints to average");
  const at::NoGradGuard no_graph;
  load_model_tensors(paths.front(), weights);
  NamedTensors next;
  for (const auto& [name, tensor] : weights) next.emplace_back(name, tensor.detach().clone());
  for (std::size_t i = 1; i < paths.size(); ++i) {
    load_model_tensors(paths[i], next);
    const double share = 1.0 / static_cast<double>(i + 1);
    for (std::size_t w = 0; w < weights.size(); ++w) {
      at::Tensor mean = weights[w].second.detach();
      const at::Tensor& other = next[w].second;
      mean.copy_(slerp ? spherical(mean, other, share) : mean.lerp(other, share));
    }
  }
}

}  // namespace kindred::train
