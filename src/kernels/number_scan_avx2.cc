// The scan for AVX2.
#include <immintrin.h>

#include "kernels/number_scan_isa.h"

namespace kindred::kernels {

void scan_words_avx2(const std::int32_t* values, std::size_t words, std::int32_t low,
                     std::int32_t high, std::uint64_t* out) {
  const __m256i lows = _mm256_set1_epi32(low);
  const __m256i highs = _mm256_set1_epi32(high);
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t outside = 0;
    for (std::size_t part = 0; part < 8; ++part) {
      const __m256i v =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + w * 64 + part * 8));
      const __m256i wrong =
          _mm256_or_si256(_mm256_cmpgt_epi32(lows, v), _mm256_cmpgt_epi32(v, highs));
      const auto bits = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(wrong)));
      outside |= static_cast<std::uint64_t>(bits) << (part * 8);
    }
    out[w] |= ~outside;
  }
}

void scan_words_avx2(const double* values, std::size_t words, double low, double high,
                     std::uint64_t* out) {
  const __m256d lows = _mm256_set1_pd(low);
  const __m256d highs = _mm256_set1_pd(high);
  for (std::size_t w = 0; w < words; ++w) {
    std::uint64_t inside = 0;
    for (std::size_t part = 0; part < 16; ++part) {
      const __m256d v = _mm256_loadu_pd(values + w * 64 + part * 4);
      const __m256d right =
          _mm256_and_pd(_mm256_cmp_pd(v, lows, _CMP_GE_OQ), _mm256_cmp_pd(v, highs, _CMP_LE_OQ));
      const auto bits = static_cast<unsigned>(_mm256_movemask_pd(right));
      inside |= static_cast<std::uint64_t>(bits) << (part * 4);
    }
    out[w] |= inside;
  }
}

}  // namespace kindred::kernels
