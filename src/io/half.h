// float16 and bfloat16 to float32 and back, without hardware support. Tested by half_test.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace kindred::io {

/// Exact, subnormals, infinities and NaN included. Two multiplications and a selection, no branch,
/// so that loops over it vectorise (after F. Giesen's and M. Dukhan's bit tricks).
inline float half_to_float(std::uint16_t half) noexcept {
  const std::uint32_t word = static_cast<std::uint32_t>(half) << 16;
  const std::uint32_t sign = word & 0x80000000U;
  const std::uint32_t twice = word + word;  // the sign shifted out
  // Normal: the exponent moves from bias 15 to bias 127, by an add and a multiplication that keeps
  // infinities and NaN what they are.
  const float normal = std::bit_cast<float>((twice >> 4) + (0xE0U << 23)) * 0x1.0p-112F;
  // Subnormal: the mantissa is read as a float of exponent 0 and that exponent's value taken away.
  const float subnormal = std::bit_cast<float>((twice >> 17) | (126U << 23)) - 0.5F;
  const std::uint32_t magnitude = twice < (1U << 27) ? std::bit_cast<std::uint32_t>(subnormal)
                                                     : std::bit_cast<std::uint32_t>(normal);
  return std::bit_cast<float>(sign | magnitude);
}

/// Rounds to nearest, ties to even; too large becomes infinity, NaN stays NaN.
std::uint16_t float_to_half(float value) noexcept;

inline float bfloat16_to_float(std::uint16_t value) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

/// `count` values; the ranges do not overlap. `in` may have any alignment.
void halves_to_floats(const void* in, std::size_t count, float* out) noexcept;
void floats_to_halves(const float* in, std::size_t count, std::uint16_t* out) noexcept;

}  // namespace kindred::io
