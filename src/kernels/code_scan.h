// Inner products of one query with blocks of 1-bit codes. Tested by code_scan_test.cc.
//
// The method is the "fast scan" of quantised vectors (André, Kermarrec, Le Scouarnec, VLDB 2015)
// with tables of four signs each: for the 16 ways in which four dimensions of a code can be signed,
// a table holds the query's partial inner product in 5 bits, and one byte shuffle looks up many
// rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace kindred::kernels {

/// Rows of a block.
inline constexpr std::size_t kCodeBlock = 32;
/// Dimensions of codes are a multiple of it.
inline constexpr std::size_t kCodeDimensions = 64;
/// Table entries have 5 bits: their rounding is a tenth of what signs themselves leave out, eight
/// of them add up within a byte, and those of 4,096 dimensions within 16 bits.
inline constexpr unsigned kLargestEntry = 31;

/// Bytes of a block: the signs of 32 rows, then their 32 addends and 32 scales (float32).
///
/// Signs: 16 bytes for each four dimensions in order; byte j holds row j in its low and row j + 16
/// in its high four bits, the first of the four dimensions lowest; 1 is positive.
constexpr std::size_t code_block_bytes(std::size_t dimensions) {
  return dimensions * kCodeBlock / 8 + 2 * kCodeBlock * sizeof(float);
}

/// Lays out `rows` ≤ 32 rows of dimensions / 64 words each (bit i of word w: dimension 64 w + i).
/// The rest of the block is zero, its addends minus infinity.
void pack_code_block(const std::uint64_t* signs, const float* addends, const float* scales,
                     std::size_t rows, std::size_t dimensions, std::byte* block);

/// What row scores are made of: with s the row's signs as ±1 and q the query,
/// score = base + addend + scale · (offset + step · Σ table), where offset + step · Σ table ≈ ⟨s,
/// q⟩.
struct CodeQuery {
  const std::uint8_t* tables;  ///< dimensions / 4 × 16
  float offset;
  float step;
  float base;
  /// A row passes when score + error · scale ≥ threshold.
  float error;
  float threshold;
};

/// Fills `tables` (4 · dimensions bytes) and the two numbers that turn sums of them into ⟨s, q⟩.
void make_code_tables(const float* query, std::size_t dimensions, std::uint8_t* tables,
                      float* offset, float* step, Isa isa = best_isa());

/// Writes the 32 rows' scores and returns the rows that pass, row 0 lowest. Every instruction set
/// gives the same bits.
using ScanCodeBlock = std::uint32_t (*)(const std::byte* block, std::size_t dimensions,
                                        const CodeQuery& query, float* scores);
ScanCodeBlock scan_code_block(Isa isa = best_isa()) noexcept;

}  // namespace kindred::kernels
