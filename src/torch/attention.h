// Attention over packed sequences, with its gradient. Tested by attention_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/spec.h"
#include "torch/packed_batch.h"

namespace kindred::torch {

/// What one layer's attention is.
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  double scale = 0.0;
  double softcap = 0.0;  ///< > 0: cap · tanh(score / cap)
  model::AttentionReach reach;
  /// What the first `prefix` tokens of a sequence see of each other besides (PackedBatch::prefix).
  model::AttentionReach prefix_reach;
  std::int64_t relative_max_distance = 0;
};

/// From this many tokens a sequence on, flash attention is faster on CPUs (5 to 7 times from 128);
/// below, products of small matrices are.
inline constexpr std::int64_t kFlashLength = 64;

/// `query`: T × heads · head_dim; `key`, `value`: T × kv_heads · head_dim; `relative`: buckets ×
/// heads, MPNet's bias, or undefined. Returns T × heads · head_dim. On CPUs the gradient is our
/// own: sequences of one length go through batched products, or through flash attention from
/// kFlashLength on; nothing is padded. The batch must live as long as the graph.
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& relative, const AttentionShape& shape,
                  const PackedBatch& batch);

/// The same by LibTorch's own operators and gradients, for other devices, and to test against.
at::Tensor attend_by_graph(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           const at::Tensor& relative, const AttentionShape& shape,
                           const PackedBatch& batch);

}  // namespace kindred::torch
