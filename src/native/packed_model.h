// A transformer's weights as the kernels want them. Tested by executor_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kernels/matmul.h"
#include "kernels/norm.h"
#include "kindred/encoder.h"
#include "model/spec.h"

namespace kindred::native {

/// y = x · Wᵀ + b.
struct PackedLinear {
  std::optional<kernels::PackedMatrix> weight;  ///< set once packed
  std::vector<float> bias;                      ///< or empty

  kernels::Epilogue epilogue() const { return {.bias = bias.empty() ? nullptr : bias.data()}; }
};

struct PackedNorm {
  std::vector<float> weight;  ///< Gemma's 1 is already added
  std::vector<float> bias;    ///< or empty
};

struct PackedLayer {
  PackedNorm attention_norm, query_norm, key_norm, attention_post_norm;
  PackedNorm feed_forward_norm, feed_forward_post_norm;
  PackedLinear query_key_value;  ///< rows: all query heads, all key heads, all value heads
  PackedLinear attention_output;
  PackedLinear up;  ///< with the gate's rows first, when gated
  PackedLinear down;
};

/// Immutable after `pack`. Embedding tables stay where they are mapped.
struct PackedModel {
  model::TransformerSpec spec;
  model::TransformerWeights source;  ///< keeps the mapped tables
  std::vector<PackedLayer> layers;
  PackedNorm embedding_norm, final_norm;
  std::vector<float> token_type;     ///< row 0 of the token types, or empty
  std::vector<float> relative_bias;  ///< as kernels::AttentionInput wants it, or empty
  std::size_t relative_span = 0;
  std::size_t max_length = 0;  ///< tokens of a sequence; 0: no limit
  Isa isa = Isa::scalar;

  /// Errors: corrupt when a tensor's shape contradicts the spec, or the spec itself.
  static PackedModel pack(const model::TransformerSpec& spec,
                          const model::TransformerWeights& weights, Precision precision,
                          ThreadPool& pool, Isa isa);

  std::size_t query_columns() const { return spec.heads * spec.head_dim; }
  std::size_t key_columns() const { return spec.kv_heads * spec.head_dim; }
  std::size_t query_key_value_columns() const { return query_columns() + 2 * key_columns(); }
  std::size_t bytes() const;
};

}  // namespace kindred::native
