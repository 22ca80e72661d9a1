// Codes of 2 … 8 bits a dimension and their inner products with 8-bit queries. Tested by
// refine_code_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace kindred::kernels {

/// Bytes of a row; `dimensions` is a multiple of 64. Each 64 dimensions take 8 · bits bytes: of a
/// width below 8, first the lowest four bits of each dimension (when bits ≥ 4), then the next two
/// (when bits has its second bit set), then one (when it has its first).
///
/// Four bits: byte j of 32 holds dimension j in its low and j + 32 in its high half. Two bits: byte
/// j of 16 holds dimensions j, j + 16, j + 32, j + 48, the first lowest. One bit: bit j % 8 of byte
/// j / 8 is dimension j.
constexpr std::size_t refine_code_bytes(std::size_t dimensions, unsigned bits) {
  return dimensions / 8 * bits;
}

/// values: one a dimension, below 2^bits.
void pack_refine_code(const std::uint8_t* values, std::size_t dimensions, unsigned bits,
                      std::byte* code);
void unpack_refine_code(const std::byte* code, std::size_t dimensions, unsigned bits,
                        std::uint8_t* values);

/// Σ valueᵢ · queryᵢ, exactly; |queryᵢ| ≤ 127.
using RefineProduct = std::int32_t (*)(const std::byte* code, const std::int8_t* query,
                                       std::size_t dimensions);
/// For a width of 2 … 8 bits.
RefineProduct refine_product(unsigned bits, Isa isa = best_isa()) noexcept;

}  // namespace kindred::kernels
