// A transformer's weights as tensors, the shape of model::TransformerWeights. Tested by
// transformer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <vector>

#include "model/spec.h"
#include "torch/embedding_table.h"

namespace kindred::torch {

/// LoRA: W + scale · b · a (Hu et al., 2021).
struct LowRank {
  at::Tensor a;  ///< rank × in
  at::Tensor b;  ///< out × rank
  double scale = 1.0;
};

struct Linear {
  at::Tensor weight;  ///< out × in
  at::Tensor bias;    ///< out, or undefined
  std::optional<LowRank> low_rank;
};

struct Norm {
  at::Tensor weight;
  at::Tensor bias;  ///< or undefined
};

/// A bottleneck adapter (Houlsby et al., 2019): x + up(gelu(down(x))).
struct Bottleneck {
  Linear down, up;
};

struct Layer {
  Norm attention_norm;
  Linear query, key, value, attention_output;
  Norm query_norm, key_norm;
  Norm attention_post_norm;
  Norm feed_forward_norm;
  Linear gate, up, down;
  Norm feed_forward_post_norm;
  std::optional<Bottleneck> attention_adapter, feed_forward_adapter;
};

struct Weights {
  EmbeddingTable word_embeddings;
  /// Rows behind the table's, for tokens that training adds; or undefined.
  at::Tensor extra_embeddings;
  at::Tensor position_embeddings;    ///< or undefined
  at::Tensor token_type_embeddings;  ///< or undefined
  Norm embedding_norm, final_norm;
  at::Tensor relative_bias;  ///< or undefined
  std::vector<Layer> layers;
};

/// A float32 copy on a device.
at::Tensor to_tensor(const io::TensorView& view, at::Device device);

/// float32 copies on a device.
Weights load_weights(const model::TransformerWeights& source, at::Device device);

/// Every tensor but the word embeddings and adapters, with the number of its layer: 0 for what
/// stands before the layers, their count + 1 for what stands behind.
void for_each_weight(Weights& weights, const std::function<void(at::Tensor&, std::size_t)>& visit);

/// Every linear layer of the transformer's layers with its name in the field's terms ("query",
/// "key", "value", "attention_output", "gate", "up", "down") and the number of its layer, from 1.
void for_each_linear(
    Weights& weights,
    const std::function<void(Linear&, const char* name, std::size_t layer)>& visit);

/// Copies on the CPU with low-rank changes added to their matrices, as views named like `source`'s.
/// The views are valid while `kept` lives. Bottleneck adapters are left out.
model::TransformerWeights merged_views(const Weights& weights,
                                       const model::TransformerWeights& source,
                                       std::vector<at::Tensor>& kept);

}  // namespace kindred::torch
