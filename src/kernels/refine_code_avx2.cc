// Products of refinement codes on AVX2: 64 dimensions are widened to bytes, 16-bit products summed.
#include <immintrin.h>

#include <cstring>

#include "kernels/refine_code_isa.h"

namespace kindred::kernels {
namespace {

__m256i load(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

template <unsigned kBits>
struct Avx2Product {
  struct Values {
    __m256i half[2];  // dimensions 0 … 31 and 32 … 63, a byte each
  };

  static Values values(const std::byte* code) {
    if constexpr (kBits == 8) return {load(code), load(code + 32)};
    Values sum = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    int shift = 0;
    if constexpr ((kBits & 4) != 0) {
      const __m256i packed = load(code), nibble = _mm256_set1_epi8(15);
      sum.half[0] = _mm256_and_si256(packed, nibble);
      sum.half[1] = _mm256_and_si256(_mm256_srli_epi16(packed, 4), nibble);
      code += 32;
      shift += 4;
    }
    if constexpr ((kBits & 2) != 0) {
      const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(code));
      const __m256i pairs = _mm256_set_m128i(_mm_srli_epi16(packed, 2), packed);
      const __m256i three = _mm256_set1_epi8(3);
      for (int h = 0; h < 2; ++h) {
        const __m256i part = _mm256_and_si256(_mm256_srli_epi16(pairs, 4 * h), three);
        sum.half[h] = _mm256_or_si256(sum.half[h], _mm256_slli_epi16(part, shift));
      }
      code += 16;
      shift += 2;
    }
    if constexpr ((kBits & 1) != 0) {
      // Each bit's byte is repeated under its eight dimensions, and its bit picked out of it.
      const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2,
                                              2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
      const __m256i pick = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
      for (int h = 0; h < 2; ++h) {
        int bits;
        std::memcpy(&bits, code + 4 * h, sizeof(bits));
        const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), spread);
        const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, pick), pick);
        sum.half[h] = _mm256_or_si256(
            sum.half[h], _mm256_and_si256(set, _mm256_set1_epi8(static_cast<char>(1 << shift))));
      }
    }
    return sum;
  }

  static __m256i multiply(__m256i sum, __m256i values, __m256i query) {
    if constexpr (kBits < 8) {
      // 2 · 127 · 127 < 2¹⁵: pairs of products do not saturate.
      const __m256i pairs = _mm256_maddubs_epi16(values, query);
      return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    } else {
      const __m256i low = _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm256_castsi256_si128(values)),
                                            _mm256_cvtepi8_epi16(_mm256_castsi256_si128(query)));
      const __m256i high =
          _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm256_extracti128_si256(values, 1)),
                            _mm256_cvtepi8_epi16(_mm256_extracti128_si256(query, 1)));
      return _mm256_add_epi32(sum, _mm256_add_epi32(low, high));
    }
  }

  static std::int32_t run(const std::byte* code, const std::int8_t* query, std::size_t dimensions) {
    __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0;
    for (std::size_t d = 0; d < dimensions; d += 64, code += 8 * kBits) {
      const Values v = values(code);
      sum0 = multiply(sum0, v.half[0], load(query + d));
      sum1 = multiply(sum1, v.half[1], load(query + d + 32));
    }
    const __m256i sum = _mm256_add_epi32(sum0, sum1);
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
  }
};

}  // namespace

RefineProduct refine_product_avx2(unsigned bits) noexcept {
  return refine_product_of<Avx2Product>(bits);
}

}  // namespace kindred::kernels
