// The variants of code_scan.h's kernels, one an instruction set. Internal.
#pragma once

#include "kernels/code_scan.h"

namespace kindred::kernels {

/// Entries that are added in 8 bits: 8 · 31 < 2⁸.
inline constexpr std::size_t kByteSums = 8;
static_assert(kByteSums * kLargestEntry < 256);

using FillCodeTables = void (*)(const float* query, std::size_t dimensions, float inverse_step,
                                std::uint8_t* tables);

std::uint32_t scan_code_block_avx2(const std::byte* block, std::size_t dimensions,
                                   const CodeQuery& query, float* scores);
std::uint32_t scan_code_block_avx512(const std::byte* block, std::size_t dimensions,
                                     const CodeQuery& query, float* scores);

/// Entries of each table: round((± q₀ ± q₁ ± q₂ ± q₃ + Σ |q|) · inverse_step).
void fill_code_tables_avx2(const float* query, std::size_t dimensions, float inverse_step,
                           std::uint8_t* tables);
void fill_code_tables_avx512(const float* query, std::size_t dimensions, float inverse_step,
                             std::uint8_t* tables);

}  // namespace kindred::kernels
