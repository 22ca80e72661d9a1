// Layer norm, RMS norm and L2 normalisation of rows. Tested by norm_test.cc.
#pragma once

#include <cstddef>

#include "base/cpu.h"

namespace kindred::kernels {

/// y = (x - mean) / sqrt(variance + eps) * weight + bias, the variance being the biased one; or,
/// with `centered` false, RMS norm: y = x / sqrt(mean(x²) + eps) * weight + bias.
/// Gemma's (1 + weight) is a weight to which its owner added 1 once.
struct RowNorm {
  bool centered = true;
  const float* weight = nullptr;  ///< n values
  const float* bias = nullptr;    ///< n values, or null
  float eps = 0.0F;
};

/// What happens to the normalised row.
enum class NormStore { overwrite, add };

/// Normalises m rows of n values; row strides ldx and ldy in floats. `y` may be `x`. A row's bits
/// do not depend on m. Threads: no shared state.
void norm_rows(const RowNorm& norm, const float* x, std::size_t m, std::size_t n, std::size_t ldx,
               float* y, std::size_t ldy, NormStore store = NormStore::overwrite,
               Isa isa = best_isa());

/// Divides each of m contiguous rows of n values by max(its Euclidean length, 1e-12), in place.
void l2_normalize(float* x, std::size_t m, std::size_t n, Isa isa = best_isa());

}  // namespace kindred::kernels
