// One part of an attention (a sequence's run of queries under one key and value head) and the
// variants that work it off, one an instruction set. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::kernels {

/// Keys are taken in blocks of this many: K and V of a block with head_dim 64 fill 64 KB.
inline constexpr std::size_t kKeyBlock = 128;
/// Query rows whose scores for one block are held at a time (12 KB): a multiple of both register
/// tiles.
inline constexpr std::size_t kQueryTile = 24;
/// Queries of a part: enough to pay for packing its keys and values.
inline constexpr std::size_t kPartQueries = 240;
/// head_dim is rounded up to whole registers of the widest set.
inline constexpr std::size_t kLaneRound = 16;

struct AttentionPart {
  const float* q;  ///< first query of the part, first query head of the group
  const float* k;  ///< first token of the sequence, this key head
  const float* v;
  std::size_t ld;
  float* out;  ///< as q
  std::size_t ldo;
  std::size_t head_dim;
  std::size_t group;        ///< query heads that share the key head
  std::size_t first_query;  ///< position in the sequence
  std::size_t queries;
  const std::uint32_t* begin;  ///< a query each: the visible keys are [begin, end), never empty
  const std::uint32_t* end;
  float scale;
  float softcap;
  /// Null, or the group's first head at distance 0, and from head to head this stride.
  const float* relative_bias;
  std::size_t relative_stride;
};

/// 64-byte aligned floats, reused by a thread from part to part.
struct AttentionScratch {
  float* keys;     ///< head_dim × kKeyBlock: a block's keys, transposed
  float* values;   ///< kKeyBlock × head_dim rounded up
  float* scores;   ///< kQueryTile × kKeyBlock
  float* maximum;  ///< group × queries: running maximum of a query's scores
  float* sum;      ///< group × queries: running sum of their exponentials
};

using AttendFunction = void (*)(const AttentionPart& part, const AttentionScratch& scratch);

void attend_avx2(const AttentionPart& part, const AttentionScratch& scratch);
void attend_avx512(const AttentionPart& part, const AttentionScratch& scratch);

}  // namespace kindred::kernels
