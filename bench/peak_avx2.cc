#include <immintrin.h>

#include <algorithm>
#include <chrono>

#include "base/thread_pool.h"
#include "bench/peak.h"

namespace kindred::bench {
namespace {

constexpr int kChains = 12;
constexpr long kSteps = 2'000'000;

// Keeps a value in a register and out of the optimiser's sight.
template <typename V>
inline void opaque(V& v) {
  __asm__ volatile("" : "+x"(v));
}

void fma_loop() {
  __m256 sums[kChains];
  for (__m256& sum : sums) sum = _mm256_setzero_ps();
  __m256 a = _mm256_set1_ps(1e-9F);
  for (long i = 0; i < kSteps; ++i) {
    opaque(a);
#pragma GCC unroll 16
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(a, a, sum);
  }
  for (__m256& sum : sums) opaque(sum);
}

enum class Way { int8, int8_pairs, int16 };

template <Way kWay>
void integer_loop() {
  __m256i sums[kChains];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi8(1);
  __m256i ones = _mm256_set1_epi16(1);
  opaque(ones);
  for (long i = 0; i < kSteps; ++i) {
    opaque(a);
#pragma GCC unroll 16
    for (__m256i& sum : sums) {
      __m256i product = a;
      if constexpr (kWay != Way::int16) {
        product = _mm256_maddubs_epi16(a, a);
        opaque(product);
      }
      if constexpr (kWay == Way::int8_pairs) {
        __m256i other = _mm256_maddubs_epi16(a, a);
        opaque(other);
        product = _mm256_add_epi16(product, other);
      }
      product = _mm256_madd_epi16(product, ones);
      opaque(product);
      sum = _mm256_add_epi32(sum, product);
    }
  }
  for (__m256i& sum : sums) opaque(sum);
}

double rate(ThreadPool& pool, double operations_per_step, void (*loop)()) {
  double best = 0.0;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    pool.run(static_cast<std::size_t>(pool.threads()), [&](std::size_t, int) { loop(); });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, operations_per_step * kChains * kSteps * pool.threads() / seconds * 1e-9);
  }
  return best;
}

}  // namespace

Peak measure_peak(int threads) {
  ThreadPool pool(threads);
  return {.fp32 = rate(pool, 16.0, fma_loop),
          .int8 = rate(pool, 64.0, integer_loop<Way::int8>),
          .int8_pairs = rate(pool, 128.0, integer_loop<Way::int8_pairs>),
          .int16 = rate(pool, 32.0, integer_loop<Way::int16>)};
}

}  // namespace kindred::bench
