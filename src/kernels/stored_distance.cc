// Choice of instruction set for stored vectors, and their scalar reference.
#include "kernels/stored_distance.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/stored_distance_isa.h"

namespace kindred::kernels {
namespace {

float half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float mantissa = static_cast<float>(bits & 1023);
  float value = 0.0F;
  if (exponent == 31)
    value = mantissa == 0.0F ? std::numeric_limits<float>::infinity()
                             : std::numeric_limits<float>::quiet_NaN();
  else if (exponent == 0)
    value = std::ldexp(mantissa, -24);
  else
    value = std::ldexp(mantissa + 1024.0F, exponent - 25);
  return (bits >> 15) != 0 ? -value : value;
}

template <StoredType kType>
struct ScalarStored {
  static float value(const void* stored, std::size_t i) {
    const auto* bytes = static_cast<const std::byte*>(stored);
    if constexpr (kType == StoredType::float32) {
      float x;
      std::memcpy(&x, bytes + 4 * i, 4);
      return x;
    } else if constexpr (kType == StoredType::int8) {
      float scale;
      std::memcpy(&scale, bytes, 4);
      return scale * static_cast<float>(static_cast<std::int8_t>(bytes[4 + i]));
    } else {
      std::uint16_t x;
      std::memcpy(&x, bytes + 2 * i, 2);
      if constexpr (kType == StoredType::float16) return half_value(x);
      return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
    }
  }
  static float dot(const void* stored, const float* query, std::size_t n) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < n; ++i) sum += value(stored, i) * query[i];
    return sum;
  }
  static float squared_l2(const void* stored, const float* query, std::size_t n) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < n; ++i) {
      const float d = value(stored, i) - query[i];
      sum += d * d;
    }
    return sum;
  }
  static void widen(const void* stored, std::size_t n, float* out) {
    for (std::size_t i = 0; i < n; ++i) out[i] = value(stored, i);
  }
  static constexpr StoredKernels kernels() { return {dot, squared_l2, widen}; }
};

StoredKernels stored_kernels(StoredType type, Isa isa) noexcept {
  if (isa >= Isa::avx512) return stored_kernels_avx512(type);
  if (isa == Isa::avx2) return stored_kernels_avx2(type);
  switch (type) {
    case StoredType::float16:
      return ScalarStored<StoredType::float16>::kernels();
    case StoredType::bfloat16:
      return ScalarStored<StoredType::bfloat16>::kernels();
    case StoredType::int8:
      return ScalarStored<StoredType::int8>::kernels();
    case StoredType::float32:
      break;
  }
  return ScalarStored<StoredType::float32>::kernels();
}

}  // namespace

StoredDistance stored_dot(StoredType type, Isa isa) noexcept {
  return stored_kernels(type, isa).dot;
}

StoredDistance stored_squared_l2(StoredType type, Isa isa) noexcept {
  return stored_kernels(type, isa).squared_l2;
}

WidenStored widen_stored(StoredType type, Isa isa) noexcept {
  return stored_kernels(type, isa).widen;
}

}  // namespace kindred::kernels
