// Choice of instruction set for the Hadamard transform, and its scalar reference.
#include "kernels/hadamard.h"

#include <cmath>

#include "kernels/hadamard_isa.h"

namespace kindred::kernels {
namespace {

void hadamard_scalar(float* x, std::size_t n, float scale) {
  for (std::size_t step = 1; step < n; step *= 2)
    for (std::size_t begin = 0; begin < n; begin += 2 * step)
      for (std::size_t i = begin; i < begin + step; ++i) {
        const float a = x[i], b = x[i + step];
        x[i] = a + b;
        x[i + step] = a - b;
      }
  for (std::size_t i = 0; i < n; ++i) x[i] *= scale;
}

}  // namespace

void hadamard(float* x, std::size_t n, Isa isa) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(n));
  if (isa >= Isa::avx512)
    hadamard_avx512(x, n, scale);
  else if (isa == Isa::avx2)
    hadamard_avx2(x, n, scale);
  else
    hadamard_scalar(x, n, scale);
}

}  // namespace kindred::kernels
