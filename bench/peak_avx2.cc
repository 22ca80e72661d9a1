#include <immintrin.h>

#include "bench/peak.h"

namespace kindred::bench {
namespace {

constexpr int kChains = 10;

// Written out, since equal products would be made one by the optimiser.
inline __m256i multiply_bytes(__m256i a) {
  __m256i product;
  __asm__ volatile("vpmaddubsw %1, %1, %0" : "=x"(product) : "x"(a));
  return product;
}
inline __m256i multiply_words(__m256i a, __m256i b) {
  __m256i product;
  __asm__ volatile("vpmaddwd %1, %2, %0" : "=x"(product) : "x"(a), "x"(b));
  return product;
}

}  // namespace

double fp32_loop_avx2() {
  __m256 sums[kChains] = {};
  const __m256 a = _mm256_set1_ps(1e-9F);
  for (long i = 0; i < kPeakSteps; ++i)
#pragma GCC unroll 16
    for (__m256& sum : sums) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+x"(sum) : "x"(a));
  return 2.0 * 8 * kChains;
}

double int8_loop_avx2() {
  __m256i sums[kChains] = {};
  const __m256i a = _mm256_set1_epi8(1);
  const __m256i ones = _mm256_set1_epi16(1);
  for (long i = 0; i < kPeakSteps; ++i)
#pragma GCC unroll 16
    for (__m256i& sum : sums) {
      const __m256i first = _mm256_add_epi16(multiply_bytes(a), multiply_bytes(a));
      const __m256i second = _mm256_add_epi16(multiply_bytes(a), multiply_bytes(a));
      sum = _mm256_add_epi32(sum, multiply_words(_mm256_add_epi16(first, second), ones));
    }
  for (__m256i& sum : sums) __asm__ volatile("" : "+x"(sum));
  return 2.0 * 4 * 32 * kChains;
}

}  // namespace kindred::bench
