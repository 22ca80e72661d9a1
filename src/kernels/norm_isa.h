// The variants of norm.h's kernels, one an instruction set. Internal.
#pragma once

#include "kernels/norm.h"

namespace kindred::kernels {

struct NormRows {
  const float* x;
  float* y;
  std::size_t m, n, ldx, ldy;
  NormStore store;
};

using NormFunction = void (*)(const RowNorm& norm, const NormRows& rows);

void norm_rows_avx2(const RowNorm& norm, const NormRows& rows);
void norm_rows_avx512(const RowNorm& norm, const NormRows& rows);

}  // namespace kindred::kernels
