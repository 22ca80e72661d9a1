// A batch of token sequences on a device, those of one length side by side. Tested by
// transformer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/executor.h"

namespace kindred::torch {

/// Sequences of one length that lie one behind another: a tensor of sequences × length rows is a
/// view of the batch, without padding and without a copy.
struct LengthGroup {
  std::int64_t first_token = 0;
  std::int64_t first_sequence = 0;  ///< in the order of the batch
  std::int64_t sequences = 0;
  std::int64_t length = 0;  ///< tokens of each, 1 at least
};

/// Threads: immutable.
struct PackedBatch {
  at::Tensor ids;        ///< T, int64
  at::Tensor positions;  ///< T, int64: rows of the position table
  at::Tensor places;     ///< T, int64: each token's place in its sequence, from 0
  at::Tensor sequence;   ///< T, int64: the caller's number of each token's sequence
  /// T, int64: where the caller's t-th token stands in the batch.
  at::Tensor row_of_token;
  std::vector<LengthGroup> groups;     ///< by ascending length; empty sequences are in none
  std::vector<std::uint32_t> order;    ///< B: which of the caller's sequences stands at each place
  std::vector<std::uint32_t> lengths;  ///< B, in the caller's order
  std::vector<std::uint32_t> prefix;   ///< B in the order of the batch, or empty

  std::int64_t tokens() const { return ids.size(0); }
  std::int64_t sequences() const { return static_cast<std::int64_t>(order.size()); }

  static PackedBatch make(const model::PackedTokens& tokens, std::size_t position_offset,
                          at::Device device);
};

/// Int64 values on a device.
at::Tensor indices(const std::vector<std::int64_t>& values, at::Device device);

}  // namespace kindred::torch
