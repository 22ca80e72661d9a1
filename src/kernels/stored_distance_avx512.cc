// Distances to stored vectors on AVX-512.
#include "kernels/lanes_avx512.h"
#include "kernels/stored_distance.h"

namespace kindred::kernels {
namespace {

inline __mmask16 first(std::size_t count) {
  return static_cast<__mmask16>((1U << count) - 1);
}

template <StoredType kType>
struct StoredLanes {
  using Element = float;
  static __m512 load(const float* p) { return _mm512_loadu_ps(p); }
  static __m512 load_first(const float* p, std::size_t n) {
    return _mm512_maskz_loadu_ps(first(n), p);
  }
};

template <>
struct StoredLanes<StoredType::float16> {
  using Element = std::uint16_t;
  static __m512 widen(__m256i x) { return _mm512_cvtph_ps(x); }
  static __m512 load(const Element* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static __m512 load_first(const Element* p, std::size_t n) {
    return widen(_mm256_maskz_loadu_epi16(first(n), p));
  }
};

template <>
struct StoredLanes<StoredType::bfloat16> {
  using Element = std::uint16_t;
  static __m512 widen(__m256i x) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
  }
  static __m512 load(const Element* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static __m512 load_first(const Element* p, std::size_t n) {
    return widen(_mm256_maskz_loadu_epi16(first(n), p));
  }
};

template <>
struct StoredLanes<StoredType::int8> {
  using Element = std::int8_t;
  static __m512 widen(__m128i x) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(x)); }
  static __m512 load(const Element* p) {
    return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static __m512 load_first(const Element* p, std::size_t n) {
    return widen(_mm_maskz_loadu_epi8(first(n), p));
  }
};

}  // namespace
}  // namespace kindred::kernels

// After the lanes that it is written with.
#include "kernels/stored_distance_lanes.h"

namespace kindred::kernels {

StoredKernels stored_kernels_avx512(StoredType type) noexcept {
  return stored_kernels_of(type);
}

}  // namespace kindred::kernels
