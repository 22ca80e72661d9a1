// The variants of stored_distance.h's kernels, one an instruction set. Internal.
#pragma once

#include "kernels/stored_distance.h"

namespace kindred::kernels {

struct StoredKernels {
  StoredDistance dot;
  StoredDistance squared_l2;
  WidenStored widen;
};
using StoredKernelsOf = StoredKernels (*)(StoredType type) noexcept;

StoredKernels stored_kernels_avx2(StoredType type) noexcept;
StoredKernels stored_kernels_avx512(StoredType type) noexcept;

}  // namespace kindred::kernels
