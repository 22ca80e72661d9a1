// norm_rows for AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/norm_lanes.h"

namespace kindred::kernels {

void norm_rows_avx512(const RowNorm& norm, const NormRows& rows) {
  norm_rows_lanes(norm, rows);
}

}  // namespace kindred::kernels
