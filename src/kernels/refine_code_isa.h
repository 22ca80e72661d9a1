// The variants of refine_code.h's product, one an instruction set. Internal.
#pragma once

#include "kernels/refine_code.h"

namespace kindred::kernels {

using RefineProductOf = RefineProduct (*)(unsigned bits) noexcept;

RefineProduct refine_product_avx2(unsigned bits) noexcept;
RefineProduct refine_product_avx512(unsigned bits) noexcept;

/// The product function of a width known at run time.
template <template <unsigned> typename Product>
RefineProduct refine_product_of(unsigned bits) noexcept {
  constexpr RefineProduct kProducts[] = {Product<2>::run, Product<3>::run, Product<4>::run,
                                         Product<5>::run, Product<6>::run, Product<7>::run,
                                         Product<8>::run};
  return kProducts[bits - 2];
}

}  // namespace kindred::kernels
