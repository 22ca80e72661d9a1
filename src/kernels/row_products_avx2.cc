// The row products for AVX2.
#include "kernels/lanes_avx2.h"

// After the lanes that it is written with.
#include "kernels/row_products_lanes.h"

namespace kindred::kernels {

const RowProducts kRowProductsAvx2 = {dots, add_products, sigmoid_residuals};

}  // namespace kindred::kernels
