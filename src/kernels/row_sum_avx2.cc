// row_sum for AVX2.
#include "kernels/lanes_avx2.h"

// After the lanes that it is written with.
#include "kernels/row_sum_lanes.h"

namespace kindred::kernels {

void row_sum_avx2(const float* table, std::size_t columns, const std::uint32_t* rows,
                  const float* weights, std::size_t count, float* out) {
  row_sum_lanes(table, columns, rows, weights, count, out);
}

}  // namespace kindred::kernels
