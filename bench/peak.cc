#include "bench/peak.h"

#include <algorithm>
#include <chrono>

#include "base/thread_pool.h"

namespace kindred::bench {
namespace {

double rate(ThreadPool& pool, double (*loop)()) {
  double best = 0.0;
  for (int round = 0; round < 5; ++round) {
    double operations = 0.0;
    const auto start = std::chrono::steady_clock::now();
    pool.run(static_cast<std::size_t>(pool.threads()), [&](std::size_t, int thread) {
      const double of_a_step = loop();
      if (thread == 0) operations = of_a_step;
    });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, operations * kPeakSteps * pool.threads() / seconds * 1e-9);
  }
  return best;
}

}  // namespace

Peak measure_peak(int threads, Isa isa) {
  if (isa == Isa::scalar) return {};
  ThreadPool pool(threads);
  const bool wide = isa >= Isa::avx512;
  const double fp32 = rate(pool, wide ? fp32_loop_avx512 : fp32_loop_avx2);
  return {.fp32 = fp32,
          .bf16 = isa >= Isa::avx512bf16 ? rate(pool, bf16_loop_avx512bf16) : fp32,
          .int8 = rate(pool, wide ? int8_loop_avx512 : int8_loop_avx2)};
}

}  // namespace kindred::bench
