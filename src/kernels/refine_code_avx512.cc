// Products of refinement codes on AVX-512: 64 dimensions are widened to bytes and multiplied by
// VNNI.
#include <immintrin.h>

#include <cstring>

#include "kernels/refine_code_isa.h"

namespace kindred::kernels {
namespace {

template <unsigned kBits>
struct Avx512Product {
  static __m512i values(const std::byte* code) {
    if constexpr (kBits == 8) return _mm512_loadu_si512(code);
    __m512i sum = _mm512_setzero_si512();
    unsigned shift = 0;
    if constexpr ((kBits & 4) != 0) {
      const __m256i packed = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(code));
      const __m512i both =
          _mm512_inserti64x4(_mm512_castsi256_si512(packed), _mm256_srli_epi16(packed, 4), 1);
      sum = _mm512_and_si512(both, _mm512_set1_epi8(15));
      code += 32;
      shift += 4;
    }
    if constexpr ((kBits & 2) != 0) {
      const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(code));
      const __m512i lanes =
          _mm512_setr_epi64(0, 0, 0x0002000200020002, 0x0002000200020002, 0x0004000400040004,
                            0x0004000400040004, 0x0006000600060006, 0x0006000600060006);
      const __m512i parts = _mm512_and_si512(
          _mm512_srlv_epi16(_mm512_broadcast_i32x4(packed), lanes), _mm512_set1_epi8(3));
      sum = _mm512_or_si512(sum, _mm512_slli_epi16(parts, shift));
      code += 16;
      shift += 2;
    }
    if constexpr ((kBits & 1) != 0) {
      std::uint64_t bits;
      std::memcpy(&bits, code, sizeof(bits));
      sum = _mm512_or_si512(sum, _mm512_maskz_set1_epi8(bits, static_cast<char>(1U << shift)));
    }
    return sum;
  }

  static std::int32_t run(const std::byte* code, const std::int8_t* query, std::size_t dimensions) {
    __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0;
    std::size_t d = 0;
    for (; d + 128 <= dimensions; d += 128, code += 16 * kBits) {
      sum0 = _mm512_dpbusd_epi32(sum0, values(code), _mm512_loadu_si512(query + d));
      sum1 =
          _mm512_dpbusd_epi32(sum1, values(code + 8 * kBits), _mm512_loadu_si512(query + d + 64));
    }
    if (d < dimensions)
      sum0 = _mm512_dpbusd_epi32(sum0, values(code), _mm512_loadu_si512(query + d));
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sum0, sum1));
  }
};

}  // namespace

RefineProduct refine_product_avx512(unsigned bits) noexcept {
  return refine_product_of<Avx512Product>(bits);
}

}  // namespace kindred::kernels
