// Distances to stored vectors on AVX2 with F16C.
#include <cstring>

#include "kernels/lanes_avx2.h"
#include "kernels/stored_distance.h"

namespace kindred::kernels {
namespace {

template <StoredType kType>
struct StoredLanes {
  using Element = float;
  static __m256 load(const float* p) { return _mm256_loadu_ps(p); }
  static __m256 load_first(const float* p, std::size_t n) { return Lanes::load_first(p, n); }
};

/// The first n < 8 elements with zeros behind, none read past them.
template <typename Element>
__m128i copy_first(const Element* p, std::size_t n) {
  alignas(16) Element values[16 / sizeof(Element)] = {};
  std::memcpy(values, p, n * sizeof(Element));
  return _mm_load_si128(reinterpret_cast<const __m128i*>(values));
}

template <>
struct StoredLanes<StoredType::float16> {
  using Element = std::uint16_t;
  static __m256 load(const Element* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static __m256 load_first(const Element* p, std::size_t n) {
    return _mm256_cvtph_ps(copy_first(p, n));
  }
};

template <>
struct StoredLanes<StoredType::bfloat16> {
  using Element = std::uint16_t;
  static __m256 widen(__m128i x) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
  }
  static __m256 load(const Element* p) {
    return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static __m256 load_first(const Element* p, std::size_t n) { return widen(copy_first(p, n)); }
};

template <>
struct StoredLanes<StoredType::int8> {
  using Element = std::int8_t;
  static __m256 widen(__m128i x) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(x)); }
  static __m256 load(const Element* p) {
    return widen(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  static __m256 load_first(const Element* p, std::size_t n) { return widen(copy_first(p, n)); }
};

}  // namespace
}  // namespace kindred::kernels

// After the lanes that it is written with.
#include "kernels/stored_distance_lanes.h"

namespace kindred::kernels {

StoredKernels stored_kernels_avx2(StoredType type) noexcept {
  return stored_kernels_of(type);
}

}  // namespace kindred::kernels
