#include "io/half.h"

#include <cstring>

namespace kindred::io {

std::uint16_t float_to_half(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude >= 0x47800000U) {  // 65536 and more, infinity, NaN
    return static_cast<std::uint16_t>(sign | (magnitude > 0x7F800000U ? 0x7E00U : 0x7C00U));
  }
  if (magnitude < 0x38800000U) {
    // Below 2^-14 the result is subnormal, in steps of 2^-24: the step of floats in [0.5, 1), so
    // that adding 0.5 rounds as it should.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U));
  }
  // Rounding may carry into the exponent, up to infinity: that is right.
  magnitude += 0xFFFU + ((magnitude >> 13) & 1U);
  return static_cast<std::uint16_t>(sign | ((magnitude - (112U << 23)) >> 13));
}

void halves_to_floats(const void* in, std::size_t count, float* out) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(in);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    out[i] = half_to_float(half);
  }
}

void floats_to_halves(const float* in, std::size_t count, std::uint16_t* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) out[i] = float_to_half(in[i]);
}

}  // namespace kindred::io
