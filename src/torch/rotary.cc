#include "torch/rotary.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <vector>

#include "torch/differentiable.h"

namespace kindred::torch {
namespace {

/// One half of the pairs of `x`: the first of each, or the second.
at::Tensor half_of(const at::Tensor& x, const Turns& turns, bool second) {
  const std::int64_t pairs = turns.cosine.size(2);
  if (turns.interleaved) return x.slice(2, second ? 1 : 0, 2 * pairs, 2);
  return x.narrow(2, second ? pairs : 0, pairs);
}

/// Turned by the angles, or back.
at::Tensor turned(const at::Tensor& x, const Turns& turns, bool back) {
  const at::Tensor a = half_of(x, turns, false), b = half_of(x, turns, true);
  at::Tensor y = x.clone(at::MemoryFormat::Contiguous);
  const double sign = back ? -1.0 : 1.0;
  half_of(y, turns, false).copy_(a.mul(turns.cosine).addcmul(b, turns.sine, -sign));
  half_of(y, turns, true).copy_(b.mul(turns.cosine).addcmul(a, turns.sine, sign));
  return y;
}

}  // namespace

Turns Turns::make(const model::RopeSpec& rope, const at::Tensor& places) {
  const auto pairs = static_cast<std::int64_t>(rope.inverse_frequencies.size());
  auto* data = const_cast<float*>(rope.inverse_frequencies.data());
  const at::Tensor frequencies = at::from_blob(data, {1, 1, pairs}, at::kFloat);
  // In float32, as `transformers` has the angles.
  const at::Tensor angles =
      places.to(at::kFloat).view({-1, 1, 1}).mul(frequencies.to(places.device()));
  return {angles.cos().mul(rope.attention_factor), angles.sin().mul(rope.attention_factor),
          rope.interleaved};
}

at::Tensor turn(const at::Tensor& x, const Turns& turns) {
  return differentiable({x}, [&turns](const std::vector<at::Tensor>& inputs) {
    return Computed{{turned(inputs[0], turns, false)},
                    [turns](const std::vector<at::Tensor>& gradients) {
                      return std::vector<at::Tensor>{turned(gradients[0], turns, true)};
                    }};
  })[0];
}

}  // namespace kindred::torch
