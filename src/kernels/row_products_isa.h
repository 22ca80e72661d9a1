// The variants of row_products.h's kernels, one an instruction set. Internal.
#pragma once

#include "kernels/row_products.h"

namespace kindred::kernels {

extern const RowProducts kRowProductsAvx2;
extern const RowProducts kRowProductsAvx512;

}  // namespace kindred::kernels
