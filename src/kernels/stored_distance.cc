// Choice of instruction set for stored vectors, their proof, and their scalar reference.
#include "kernels/stored_distance.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

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

StoredKernels stored_kernels_scalar(StoredType type) noexcept {
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

// 150 values between 0.01 and 2 in each type, or so near them that no type overflows.
std::vector<std::byte> stored_proof_values(StoredType type, std::size_t n) {
  std::vector<std::byte> bytes(stored_bytes(type, n));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool is_high_byte = type == StoredType::float32 ? i % 4 == 3 : i % 2 == 1;
    bytes[i] = static_cast<std::byte>(is_high_byte ? 0x3C + 0x80 * (i / 2 % 2) : i * 37 % 128);
  }
  if (type == StoredType::int8) {
    const float scale = 1.0F / 64;
    std::memcpy(bytes.data(), &scale, sizeof(scale));
  }
  return bytes;
}

bool is_right(StoredKernelsOf candidate) {
  constexpr std::size_t kMost = 150;
  const std::vector<float> query = proof_values(kMost, 1);
  for (const StoredType type :
       {StoredType::float32, StoredType::float16, StoredType::bfloat16, StoredType::int8}) {
    const StoredKernels found = candidate(type), expected = stored_kernels_scalar(type);
    const std::vector<std::byte> stored = stored_proof_values(type, kMost);
    for (const std::size_t n : {1, 7, 16, 37, 64, 150}) {
      std::vector<float> wide(n), expected_wide(n);
      found.widen(stored.data(), n, wide.data());
      expected.widen(stored.data(), n, expected_wide.data());
      const std::vector<float> sums = {found.dot(stored.data(), query.data(), n),
                                       found.squared_l2(stored.data(), query.data(), n)};
      const float tolerance = 1e-5F * static_cast<float>(n);
      if (wide != expected_wide || !all_near(sums,
                                             {expected.dot(stored.data(), query.data(), n),
                                              expected.squared_l2(stored.data(), query.data(), n)},
                                             tolerance))
        return false;
    }
  }
  return true;
}

StoredKernels stored_kernels(StoredType type, Isa isa) noexcept {
  return kStoredVariants.choose(isa)(type);
}

}  // namespace

constinit const Variants<StoredKernelsOf> kStoredVariants("stored vectors", is_right,
                                                          stored_kernels_scalar,
                                                          stored_kernels_avx2,
                                                          stored_kernels_avx512);

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
