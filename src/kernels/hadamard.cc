// Choice of instruction set for the Hadamard transform, its proof, and its scalar reference.
#include "kernels/hadamard.h"

#include <cmath>

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

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

bool is_right(HadamardFunction candidate) {
  for (const std::size_t n : {64, 128, 512}) {
    std::vector<float> found = proof_values(n, 1), expected = found;
    candidate(found.data(), n, 0.5F);
    hadamard_scalar(expected.data(), n, 0.5F);
    if (found != expected) return false;
  }
  return true;
}

}  // namespace

constinit const Variants<HadamardFunction> kHadamardVariants("Hadamard transform", is_right,
                                                             hadamard_scalar, hadamard_avx2,
                                                             hadamard_avx512);

void hadamard(float* x, std::size_t n, Isa isa) {
  kHadamardVariants.choose(isa)(x, n, 1.0F / std::sqrt(static_cast<float>(n)));
}

}  // namespace kindred::kernels
