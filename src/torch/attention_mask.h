// Which tokens see which, and MPNet's buckets, as tensors. Tested by attention_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include "torch/attention.h"

namespace kindred::torch {

/// Whether every token of a sequence of this length sees every other.
bool sees_all(const AttentionShape& shape, std::int64_t length);
/// Whether every token sees itself and all before it, and nothing else.
bool sees_all_before(const AttentionShape& shape, std::int64_t length);

/// 0 where a key is visible, -inf where it is not: 1 × 1 × length × length, or sequences × 1 × …
/// where prefixes differ. Undefined where every token sees every other.
at::Tensor attention_mask(const AttentionShape& shape, const PackedBatch& batch,
                          const LengthGroup& group);

/// length · length bucket numbers (int64), row by query.
at::Tensor relative_buckets(std::int64_t length, std::int64_t buckets, std::int64_t max_distance,
                            at::Device device);

}  // namespace kindred::torch
