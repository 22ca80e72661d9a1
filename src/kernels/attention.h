// Softmax attention over packed sequences. Tested by attention_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"

namespace kindred::kernels {

/// Key j is within reach of query i when i - j <= left and j - i <= right.
struct Reach {
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t left = kUnbounded;
  std::uint32_t right = kUnbounded;
};

/// out = softmax(scale · q·kᵀ …) · v, a head and a sequence at a time. Query head h reads key and
/// value head h / (heads / kv_heads).
struct AttentionInput {
  const float* q = nullptr;  ///< T × heads × head_dim, row stride `ld`
  const float* k = nullptr;  ///< T × kv_heads × head_dim, row stride `ld`
  const float* v = nullptr;  ///< as k
  std::size_t ld = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  std::size_t head_dim = 0;

  std::span<const std::uint32_t> offsets;  ///< B + 1: sequence b is rows offsets[b] .. offsets[b+1]
  Reach reach;
  /// B entries or empty: within the first prefix[b] tokens, a key within `prefix_reach` is visible
  /// too.
  std::span<const std::uint32_t> prefix;
  Reach prefix_reach;

  float scale = 1.0F;
  float softcap = 0.0F;  ///< > 0: a score becomes softcap · tanh(score / softcap)
  /// Added to the scores: head h, distance j - i at relative_bias[h · (2·relative_span - 1) +
  /// relative_span - 1 + j - i]. Null, or relative_span >= every sequence's length.
  const float* relative_bias = nullptr;
  std::size_t relative_span = 0;
};

/// Writes T × heads × head_dim rows with stride ldo. Long sequences go by blocks of keys with a
/// running maximum and sum; blocks that no query of a tile reaches are skipped. A sequence's bits
/// depend neither on the batch nor on the pool. Scratch is thread-local and bounded.
void attention(const AttentionInput& input, float* out, std::size_t ldo, ThreadPool& pool,
               Isa isa = best_isa());

}  // namespace kindred::kernels
