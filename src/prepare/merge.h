// Several models of one architecture averaged into one. Tested by merge_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::prepare {

enum class MergeMethod {
  average,  ///< Σ wᵢ xᵢ / Σ wᵢ of each tensor (model soups; Wortsman et al., 2022)
  slerp,    ///< of two models, along the arc between each tensor's two values
};

/// "average" or "slerp". Errors: bad_input.
MergeMethod parse_merge_method(std::string_view name);

struct MergeOptions {
  MergeMethod method = MergeMethod::average;
  /// One a model, ≥ 0, divided by their sum; empty: equal ones.
  std::vector<double> weights;
};

struct MergeResult {
  std::size_t merged = 0;          ///< tensors
  std::size_t linear = 0;          ///< of slerp: so nearly parallel that they were mixed linearly
  std::vector<std::string> taken;  ///< of the first model alone: integers, and what others lack
  std::vector<std::string> left;   ///< of others alone
  std::uint64_t bytes = 0;         ///< of the weights written
};

/// Writes to the new directory `output` the first model with every tensor of floats, of the
/// transformer (or table) and of its Dense modules, merged with the others'; each has the first
/// model's element type (float32, float16 or bfloat16) and is summed in float32. Everything else,
/// settings and tokenizer, is the first model's. A tensor is read by rows: memory does not grow
/// with the model.
///
/// Slerp takes a tensor as one vector (Shoemake, 1985): coefficients sin((1 - t) θ) / sin θ and
/// sin(t θ) / sin θ, t the second's share, θ the angle between the two; where |cos θ| > 0.9995,
/// linear ones; a tensor of zeros counts as orthogonal to any other. Lengths are left as they are,
/// all as mergekit does it.
///
/// Tensors are matched by name; a prefix such as "bert." or "model." that one file has and another
/// has not does not count. An output matrix that a model shares with its embeddings and another
/// stores ("lm_head.weight") is found. `progress` is given bytes done and all bytes.
///
/// Errors: bad_input for fewer than two models, other numbers of weights, two values of a setting
/// that shapes the numbers, two tokenizers, or a tensor that the encoder needs and one lacks or has
/// in another shape, by name; corrupt for NaN and infinity; unsupported for GGUF and for matrices
/// that are quantised; exhausted where a merged value is larger than its type can hold.
MergeResult merge_models(
    const std::vector<std::string>& models, const std::string& output, const MergeOptions& options,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace kindred::prepare
