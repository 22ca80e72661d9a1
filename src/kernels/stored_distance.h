// Inner products and distances between float32 queries and vectors stored in fewer bits. Tested by
// stored_distance_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace kindred::kernels {

/// How a vector's values are stored, one after another, at any alignment.
enum class StoredType : std::uint8_t {
  float32 = 0,
  float16 = 1,
  bfloat16 = 2,
  int8 = 3,  ///< behind one float32 that they are multiplied with
};

/// Bytes of a vector of n values.
constexpr std::size_t stored_bytes(StoredType type, std::size_t n) {
  return type == StoredType::float32 ? 4 * n : type == StoredType::int8 ? 4 + n : 2 * n;
}

/// Both sum in one fixed order for an instruction set: ⟨stored, query⟩, and Σ (storedᵢ - queryᵢ)².
using StoredDistance = float (*)(const void* stored, const float* query, std::size_t n);
StoredDistance stored_dot(StoredType type, Isa isa = best_isa()) noexcept;
StoredDistance stored_squared_l2(StoredType type, Isa isa = best_isa()) noexcept;

/// The values as float32, exactly.
using WidenStored = void (*)(const void* stored, std::size_t n, float* out);
WidenStored widen_stored(StoredType type, Isa isa = best_isa()) noexcept;

}  // namespace kindred::kernels
