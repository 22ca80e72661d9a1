// 1-bit codes on AVX2: two tables a shuffle, eight of them added before sums are widened.
#include <immintrin.h>

#include <algorithm>

#include "kernels/code_scan_isa.h"

namespace kindred::kernels {
namespace {

__m256i load(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

/// Sums of table entries for 16 rows, 16 bits each: those in the even bytes of what was added, and
/// those in the odd ones.
struct Sums {
  __m256i even = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();

  void add(__m256i bytes) {
    even = _mm256_add_epi16(even, _mm256_and_si256(bytes, _mm256_set1_epi16(255)));
    odd = _mm256_add_epi16(odd, _mm256_srli_epi16(bytes, 8));
  }
  /// The 16 rows in order.
  __m256i rows() const {
    const __m128i e =
        _mm_add_epi16(_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1));
    const __m128i o = _mm_add_epi16(_mm256_castsi256_si128(odd), _mm256_extracti128_si256(odd, 1));
    return _mm256_set_m128i(_mm_unpackhi_epi16(e, o), _mm_unpacklo_epi16(e, o));
  }
};

__m256i widen(__m256i rows, int half) {
  return _mm256_cvtepu16_epi32(half == 0 ? _mm256_castsi256_si128(rows)
                                         : _mm256_extracti128_si256(rows, 1));
}

}  // namespace

std::uint32_t scan_code_block_avx2(const std::byte* block, std::size_t dimensions,
                                   const CodeQuery& query, float* scores) {
  const std::size_t code_bytes = dimensions * kCodeBlock / 8;
  const __m256i nibble = _mm256_set1_epi8(15);
  Sums first, second;
  for (std::size_t begin = 0; begin < code_bytes; begin += 32 * kByteSums) {
    const std::size_t end = std::min(begin + 32 * kByteSums, code_bytes);
    __m256i bytes1 = _mm256_setzero_si256(), bytes2 = bytes1;
    for (std::size_t at = begin; at < end; at += 32) {
      const __m256i codes = load(block + at);
      const __m256i table = load(query.tables + at);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
      bytes1 = _mm256_add_epi8(bytes1, _mm256_shuffle_epi8(table, _mm256_and_si256(codes, nibble)));
      bytes2 = _mm256_add_epi8(bytes2, _mm256_shuffle_epi8(table, high));
    }
    first.add(bytes1);
    second.add(bytes2);
  }
  const __m256i a = first.rows(), b = second.rows();
  const __m256i sums[4] = {widen(a, 0), widen(a, 1), widen(b, 0), widen(b, 1)};
  const auto* addends = reinterpret_cast<const float*>(block + code_bytes);
  const float* scales = addends + kCodeBlock;
  std::uint32_t passed = 0;
  for (int i = 0; i < 4; ++i) {
    const __m256 product = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[i]), _mm256_set1_ps(query.step),
                                           _mm256_set1_ps(query.offset));
    const __m256 scale = _mm256_loadu_ps(scales + 8 * i);
    const __m256 fixed =
        _mm256_add_ps(_mm256_set1_ps(query.base), _mm256_loadu_ps(addends + 8 * i));
    const __m256 score = _mm256_fmadd_ps(scale, product, fixed);
    _mm256_storeu_ps(scores + 8 * i, score);
    const __m256 bound = _mm256_fmadd_ps(_mm256_set1_ps(query.error), scale, score);
    const int mask =
        _mm256_movemask_ps(_mm256_cmp_ps(bound, _mm256_set1_ps(query.threshold), _CMP_GE_OQ));
    passed |= static_cast<std::uint32_t>(mask) << (8 * i);
  }
  return passed;
}

void fill_code_tables_avx2(const float* query, std::size_t dimensions, float inverse_step,
                           std::uint8_t* tables) {
  const __m256 sign = _mm256_set1_ps(-0.0F);
  // The sign of dimension j in entries 0 … 7; entries 8 … 15 differ in dimension 3 alone.
  const __m256 flip0 = _mm256_setr_ps(-0.0F, 0, -0.0F, 0, -0.0F, 0, -0.0F, 0);
  const __m256 flip1 = _mm256_setr_ps(-0.0F, -0.0F, 0, 0, -0.0F, -0.0F, 0, 0);
  const __m256 flip2 = _mm256_setr_ps(-0.0F, -0.0F, -0.0F, -0.0F, 0, 0, 0, 0);
  for (std::size_t d = 0; d < dimensions; d += 4) {
    const __m256 q0 = _mm256_set1_ps(query[d]), q1 = _mm256_set1_ps(query[d + 1]);
    const __m256 q2 = _mm256_set1_ps(query[d + 2]), q3 = _mm256_set1_ps(query[d + 3]);
    __m256 sum = _mm256_add_ps(
        _mm256_add_ps(_mm256_add_ps(_mm256_andnot_ps(sign, q0), _mm256_andnot_ps(sign, q1)),
                      _mm256_andnot_ps(sign, q2)),
        _mm256_andnot_ps(sign, q3));
    sum = _mm256_add_ps(sum, _mm256_xor_ps(q0, flip0));
    sum = _mm256_add_ps(sum, _mm256_xor_ps(q1, flip1));
    sum = _mm256_add_ps(sum, _mm256_xor_ps(q2, flip2));
    const auto entries = [&](__m256 total) {
      return _mm256_cvtps_epi32(
          _mm256_mul_ps(_mm256_max_ps(total, _mm256_setzero_ps()), _mm256_set1_ps(inverse_step)));
    };
    const __m256i words =
        _mm256_packus_epi32(entries(_mm256_sub_ps(sum, q3)), entries(_mm256_add_ps(sum, q3)));
    const __m256i ordered = _mm256_permute4x64_epi64(words, 0xD8);
    const __m128i bytes =
        _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(tables + d * 4), bytes);
  }
}

}  // namespace kindred::kernels
