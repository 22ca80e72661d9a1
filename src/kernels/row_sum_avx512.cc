// row_sum for AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/row_sum_lanes.h"

namespace kindred::kernels {

void row_sum_avx512(const float* table, std::size_t columns, const std::uint32_t* rows,
                    const float* weights, std::size_t count, float* out) {
  row_sum_lanes(table, columns, rows, weights, count, out);
}

}  // namespace kindred::kernels
