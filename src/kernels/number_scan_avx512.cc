// The scan for AVX-512.
#include <immintrin.h>

#include "kernels/number_scan_isa.h"

namespace kindred::kernels {

void scan_words_avx512(const std::int32_t* values, std::size_t words, std::int32_t low,
                       std::int32_t high, std::uint64_t* out) {
  const __m512i lows = _mm512_set1_epi32(low);
  const __m512i highs = _mm512_set1_epi32(high);
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t inside = 0;
    for (std::size_t part = 0; part < 4; ++part) {
      const __m512i v = _mm512_loadu_si512(values + w * 64 + part * 16);
      const __mmask16 bits =
          _mm512_mask_cmple_epi32_mask(_mm512_cmpge_epi32_mask(v, lows), v, highs);
      inside |= static_cast<std::uint64_t>(bits) << (part * 16);
    }
    out[w] |= inside;
  }
}

void scan_words_avx512(const double* values, std::size_t words, double low, double high,
                       std::uint64_t* out) {
  const __m512d lows = _mm512_set1_pd(low);
  const __m512d highs = _mm512_set1_pd(high);
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t inside = 0;
    for (std::size_t part = 0; part < 8; ++part) {
      const __m512d v = _mm512_loadu_pd(values + w * 64 + part * 8);
      const __mmask8 above = _mm512_cmp_pd_mask(v, lows, _CMP_GE_OQ);
      const __mmask8 bits = _mm512_mask_cmp_pd_mask(above, v, highs, _CMP_LE_OQ);
      inside |= static_cast<std::uint64_t>(bits) << (part * 8);
    }
    out[w] |= inside;
  }
}

}  // namespace kindred::kernels
