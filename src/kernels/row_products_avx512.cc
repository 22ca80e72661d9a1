// The row products for AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/row_products_lanes.h"

namespace kindred::kernels {

const RowProducts kRowProductsAvx512 = {dots, add_products, sigmoid_residuals};

}  // namespace kindred::kernels
