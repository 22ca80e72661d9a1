// 1-bit codes on AVX-512: four tables a shuffle, eight of them added before sums are widened.
#include <immintrin.h>

#include <algorithm>

#include "kernels/code_scan_isa.h"

namespace kindred::kernels {
namespace {

__m256i fold(__m512i x) {
  return _mm256_add_epi16(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
}

/// Sums of table entries for 16 rows, 16 bits each: those in the even bytes of what was added, and
/// those in the odd ones.
struct Sums {
  __m512i even = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();

  void add(__m512i bytes) {
    even = _mm512_add_epi16(even, _mm512_and_si512(bytes, _mm512_set1_epi16(255)));
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(bytes, 8));
  }
  /// The 16 rows in order, 32 bits each.
  __m512i rows() const {
    const __m256i e2 = fold(even), o2 = fold(odd);
    const __m128i e = _mm_add_epi16(_mm256_castsi256_si128(e2), _mm256_extracti128_si256(e2, 1));
    const __m128i o = _mm_add_epi16(_mm256_castsi256_si128(o2), _mm256_extracti128_si256(o2, 1));
    return _mm512_cvtepu16_epi32(
        _mm256_set_m128i(_mm_unpackhi_epi16(e, o), _mm_unpacklo_epi16(e, o)));
  }
};

}  // namespace

std::uint32_t scan_code_block_avx512(const std::byte* block, std::size_t dimensions,
                                     const CodeQuery& query, float* scores) {
  const std::size_t code_bytes = dimensions * kCodeBlock / 8;
  const __m512i nibble = _mm512_set1_epi8(15);
  Sums first, second;
  for (std::size_t begin = 0; begin < code_bytes; begin += 64 * kByteSums) {
    const std::size_t end = std::min(begin + 64 * kByteSums, code_bytes);
    __m512i bytes1 = _mm512_setzero_si512(), bytes2 = bytes1;
    for (std::size_t at = begin; at < end; at += 64) {
      const __m512i codes = _mm512_loadu_si512(block + at);
      const __m512i table = _mm512_loadu_si512(query.tables + at);
      const __m512i high = _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble);
      bytes1 = _mm512_add_epi8(bytes1, _mm512_shuffle_epi8(table, _mm512_and_si512(codes, nibble)));
      bytes2 = _mm512_add_epi8(bytes2, _mm512_shuffle_epi8(table, high));
    }
    first.add(bytes1);
    second.add(bytes2);
  }
  const __m512i sums[2] = {first.rows(), second.rows()};
  const auto* addends = reinterpret_cast<const float*>(block + code_bytes);
  const float* scales = addends + kCodeBlock;
  std::uint32_t passed = 0;
  for (int i = 0; i < 2; ++i) {
    const __m512 product = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[i]), _mm512_set1_ps(query.step),
                                           _mm512_set1_ps(query.offset));
    const __m512 scale = _mm512_loadu_ps(scales + 16 * i);
    const __m512 fixed =
        _mm512_add_ps(_mm512_set1_ps(query.base), _mm512_loadu_ps(addends + 16 * i));
    const __m512 score = _mm512_fmadd_ps(scale, product, fixed);
    _mm512_storeu_ps(scores + 16 * i, score);
    const __m512 bound = _mm512_fmadd_ps(_mm512_set1_ps(query.error), scale, score);
    const __mmask16 mask = _mm512_cmp_ps_mask(bound, _mm512_set1_ps(query.threshold), _CMP_GE_OQ);
    passed |= static_cast<std::uint32_t>(mask) << (16 * i);
  }
  return passed;
}

void fill_code_tables_avx512(const float* query, std::size_t dimensions, float inverse_step,
                             std::uint8_t* tables) {
  for (std::size_t d = 0; d < dimensions; d += 4) {
    __m512 q[4];
    for (int j = 0; j < 4; ++j) q[j] = _mm512_set1_ps(query[d + static_cast<std::size_t>(j)]);
    __m512 sum = _mm512_add_ps(
        _mm512_add_ps(_mm512_add_ps(_mm512_abs_ps(q[0]), _mm512_abs_ps(q[1])), _mm512_abs_ps(q[2])),
        _mm512_abs_ps(q[3]));
    // Entry n adds dimension j where bit j of n is set and takes it away elsewhere.
    constexpr __mmask16 kPositive[4] = {0xAAAA, 0xCCCC, 0xF0F0, 0xFF00};
    for (int j = 0; j < 4; ++j) {
      const __m512 less = _mm512_sub_ps(sum, q[j]);
      sum = _mm512_mask_add_ps(less, kPositive[j], sum, q[j]);
    }
    const __m512i entries = _mm512_cvtps_epi32(
        _mm512_mul_ps(_mm512_max_ps(sum, _mm512_setzero_ps()), _mm512_set1_ps(inverse_step)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(tables + d * 4), _mm512_cvtusepi32_epi8(entries));
  }
}

}  // namespace kindred::kernels
