// From hidden states to one vector a text, with gradients. Tested by pooling_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/directory.h"
#include "torch/packed_batch.h"

namespace kindred::train {

/// `states`: T × width, rows in the order of the batch. `skip`: for each of the caller's sequences
/// the leading tokens that do not count (a prompt that is left out), or empty. Returns B × width of
/// all modes, one behind the other, rows in the caller's order; zeros for a sequence of which
/// nothing counts. Equal to encode::pool_states. Errors: unsupported for idf and sif.
at::Tensor pool(const at::Tensor& states, const torch::PackedBatch& batch,
                std::span<const std::uint32_t> skip, std::span<const model::PoolingMode> modes);

}  // namespace kindred::train
