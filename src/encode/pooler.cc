#include "encode/pooler.h"

#include <algorithm>

#include "kernels/pooling.h"

namespace kindred::encode {
namespace {

using model::PoolingMode;

kernels::Pooling kernel_of(PoolingMode mode) {
  switch (mode) {
    case PoolingMode::cls:
      return kernels::Pooling::cls;
    case PoolingMode::max:
      return kernels::Pooling::max;
    case PoolingMode::mean:
      return kernels::Pooling::mean;
    case PoolingMode::sqrt:
      return kernels::Pooling::sqrt;
    case PoolingMode::weighted:
      return kernels::Pooling::weighted;
    case PoolingMode::last:
      return kernels::Pooling::last;
    case PoolingMode::idf:
    case PoolingMode::sif:
      return kernels::Pooling::given;
  }
  return kernels::Pooling::mean;
}

// sentence-transformers' "cls" is the first token that is counted: with an excluded prompt, the one
// behind it.
void pool_first_counted(const PoolerInput& input, const float* states, std::size_t hidden,
                        float* out, std::size_t stride) {
  for (std::size_t b = 0; b + 1 < input.offsets.size(); ++b) {
    const std::uint32_t begin = input.offsets[b];
    const std::uint32_t length = input.offsets[b + 1] - begin;
    const std::uint32_t skip = input.skip[b] < length ? input.skip[b] : 0;
    if (length > 0) std::copy_n(states + (begin + skip) * hidden, hidden, out + b * stride);
  }
}

void average_into_first(const PoolerSpec& spec, std::span<float> states, std::size_t matrix) {
  const float share = 1.0F / static_cast<float>(spec.layers);
  for (std::size_t l = 1; l < spec.layers; ++l)
    for (std::size_t i = 0; i < matrix; ++i) states[i] += states[l * matrix + i];
  for (std::size_t i = 0; i < matrix; ++i) states[i] *= share;
}

// Sequences whose tokens all weigh nothing (an empty text: special tokens alone) take the mean
// instead of a vector of zeros.
std::vector<float> usable_weights(const PoolerInput& input) {
  std::vector<float> weights(input.weights.begin(), input.weights.end());
  for (std::size_t b = 0; b + 1 < input.offsets.size(); ++b) {
    const std::uint32_t end = input.offsets[b + 1];
    const std::uint32_t begin =
        std::min(input.offsets[b] + (input.skip.empty() ? 0 : input.skip[b]), end);
    const auto from = weights.begin() + begin;
    const auto to = weights.begin() + end;
    if (std::all_of(from, to, [](float w) { return w == 0.0F; })) std::fill(from, to, 1.0F);
  }
  return weights;
}

}  // namespace

void pool_states(const PoolerSpec& spec, const PoolerInput& input, std::span<float> states,
                 float* out) {
  const std::size_t matrix = input.offsets.back() * spec.hidden;
  if (!spec.concatenate_layers && spec.layers > 1) average_into_first(spec, states, matrix);
  const std::size_t matrices = spec.concatenate_layers ? spec.layers : 1;

  kernels::PoolingInput pooling;
  pooling.dimensions = spec.hidden;
  pooling.offsets = input.offsets;
  pooling.excluded = input.skip;
  std::vector<float> weights;
  if (!input.weights.empty()) {
    weights = usable_weights(input);
    pooling.weights = weights;
  }
  // Every mode works on each dimension by itself, so that pooling the layers apart and laying the
  // results side by side is pooling the concatenated layers.
  float* target = out;
  for (const PoolingMode mode : spec.modes)
    for (std::size_t l = 0; l < matrices; ++l, target += spec.hidden) {
      pooling.tokens = states.data() + l * matrix;
      if (mode == PoolingMode::cls && !input.skip.empty())
        pool_first_counted(input, pooling.tokens, spec.hidden, target, spec.width());
      else
        kernels::pool_rows(pooling, kernel_of(mode), target, spec.width());
    }
}

std::vector<float> combine_layers(const PoolerSpec& spec, std::span<const float> states) {
  std::vector<float> all(states.begin(), states.end());
  const std::size_t matrix = all.size() / spec.layers;
  if (!spec.concatenate_layers) {
    average_into_first(spec, all, matrix);
    all.resize(matrix);
    return all;
  }
  const std::size_t tokens = matrix / spec.hidden;
  std::vector<float> out(all.size());
  for (std::size_t t = 0; t < tokens; ++t)
    for (std::size_t l = 0; l < spec.layers; ++l)
      std::copy_n(all.data() + l * matrix + t * spec.hidden, spec.hidden,
                  out.data() + (t * spec.layers + l) * spec.hidden);
  return out;
}

}  // namespace kindred::encode
