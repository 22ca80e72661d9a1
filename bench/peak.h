// The processor's own limits: multiply-adds in registers, no memory.
#pragma once

#include "base/cpu.h"

namespace kindred::bench {

/// 1e9 operations a second of all threads together (a multiplication and an addition are two), with
/// the instructions that the matrix product uses for each kind of weights.
struct Peak {
  double fp32 = 0.0;
  double bf16 = 0.0;  ///< without AVX512-BF16 the same as fp32: weights are widened
  double int8 = 0.0;  ///< AVX2: four vpmaddubsw added in 16 bits, then vpmaddwd and vpaddd
};

/// Of an instruction set that can run here.
Peak measure_peak(int threads, Isa isa = best_isa());

/// Loops of one thread: each does kPeakSteps steps and returns the operations of one.
inline constexpr long kPeakSteps = 500'000;
double fp32_loop_avx2();
double int8_loop_avx2();
double fp32_loop_avx512();
double int8_loop_avx512();
double bf16_loop_avx512bf16();

}  // namespace kindred::bench
