#include <immintrin.h>

#include "bench/peak.h"

namespace kindred::bench {
namespace {

constexpr int kChains = 20;

}  // namespace

double bf16_loop_avx512bf16() {
  __m512 sums[kChains] = {};
  const __m512i a = _mm512_set1_epi16(0x3080);  // 2⁻³⁰ as bf16: no sum grows out of range
  for (long i = 0; i < kPeakSteps; ++i)
#pragma GCC unroll 32
    for (__m512& sum : sums) __asm__ volatile("vdpbf16ps %1, %1, %0" : "+v"(sum) : "v"(a));
  return 2.0 * 32 * kChains;
}

}  // namespace kindred::bench
