#include <immintrin.h>

#include "bench/peak.h"

namespace kindred::bench {
namespace {

constexpr int kChains = 20;

}  // namespace

double fp32_loop_avx512() {
  __m512 sums[kChains] = {};
  const __m512 a = _mm512_set1_ps(1e-9F);
  for (long i = 0; i < kPeakSteps; ++i)
#pragma GCC unroll 32
    for (__m512& sum : sums) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+v"(sum) : "v"(a));
  return 2.0 * 16 * kChains;
}

double int8_loop_avx512() {
  __m512i sums[kChains] = {};
  const __m512i a = _mm512_set1_epi8(1);
  for (long i = 0; i < kPeakSteps; ++i)
#pragma GCC unroll 32
    for (__m512i& sum : sums) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(a));
  return 2.0 * 64 * kChains;
}

}  // namespace kindred::bench
