// Choice of instruction set for the distances, their proof, and their scalar reference.
#include "kernels/distance.h"

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

float dot_scalar(const float* a, const float* b, std::size_t n) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

float squared_l2_scalar(const float* a, const float* b, std::size_t n) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

template <VectorFunction kReference>
bool is_right(VectorFunction candidate) {
  constexpr std::size_t kMost = 150;
  const std::vector<float> a = proof_values(kMost, 1), b = proof_values(kMost, 2);
  for (const std::size_t n : {1, 7, 8, 20, 31, 64, 127, 150}) {
    const float tolerance = 1e-6F * static_cast<float>(n);
    if (!all_near({candidate(a.data(), b.data(), n)}, {kReference(a.data(), b.data(), n)},
                  tolerance))
      return false;
  }
  return true;
}

}  // namespace

constinit const Variants<VectorFunction> kDotVariants("dot product", is_right<dot_scalar>,
                                                      dot_scalar, dot_avx2, dot_avx512);
constinit const Variants<VectorFunction> kSquaredL2Variants("squared distance",
                                                            is_right<squared_l2_scalar>,
                                                            squared_l2_scalar, squared_l2_avx2,
                                                            squared_l2_avx512);

float dot(const float* a, const float* b, std::size_t n, Isa isa) {
  return kDotVariants.choose(isa)(a, b, n);
}

float squared_l2(const float* a, const float* b, std::size_t n, Isa isa) {
  return kSquaredL2Variants.choose(isa)(a, b, n);
}

}  // namespace kindred::kernels
