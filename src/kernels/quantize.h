// Finished vectors as 8-bit integers or bits. Tested by quantize_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kindred::kernels {

/// What 8-bit values are scaled by: the smallest and largest value of each dimension.
struct ValueRanges {
  std::vector<float> minimum, maximum;  ///< a dimension each

  /// Of m row-major vectors. Errors: bad_input for no vectors.
  static ValueRanges of(const float* x, std::size_t m, std::size_t dimensions);
};

/// floor((x - min) / step) clipped to 0 … 255, step = (max - min) / 255 or 1 where that is 0: as
/// sentence-transformers' quantize_embeddings for "uint8". Writes m × dimensions values.
/// Errors: bad_input when `ranges` has another number of dimensions.
void quantize_uint8(const float* x, std::size_t m, std::size_t dimensions,
                    const ValueRanges& ranges, std::uint8_t* out);

/// "int8": the same less 128.
void quantize_int8(const float* x, std::size_t m, std::size_t dimensions, const ValueRanges& ranges,
                   std::int8_t* out);

/// Bytes of a row of bits: dimensions / 8 rounded up.
constexpr std::size_t binary_bytes(std::size_t dimensions) {
  return (dimensions + 7) / 8;
}

/// "ubinary": bit 7 of a byte is its first dimension, set where x > 0; zero bits fill the last
/// byte.
void quantize_ubinary(const float* x, std::size_t m, std::size_t dimensions, std::uint8_t* out);

/// "binary": the same bytes less 128.
void quantize_binary(const float* x, std::size_t m, std::size_t dimensions, std::int8_t* out);

}  // namespace kindred::kernels
