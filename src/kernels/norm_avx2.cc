// norm_rows for AVX2.
#include "kernels/lanes_avx2.h"

// After the lanes that it is written with.
#include "kernels/norm_lanes.h"

namespace kindred::kernels {

void norm_rows_avx2(const RowNorm& norm, const NormRows& rows) {
  norm_rows_lanes(norm, rows);
}

}  // namespace kindred::kernels
