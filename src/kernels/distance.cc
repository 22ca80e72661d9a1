// Choice of instruction set for the distances, and their scalar reference.
#include "kernels/distance.h"

#include "kernels/distance_isa.h"

namespace kindred::kernels {

float dot(const float* a, const float* b, std::size_t n, Isa isa) {
  if (isa >= Isa::avx512) return dot_avx512(a, b, n);
  if (isa == Isa::avx2) return dot_avx2(a, b, n);
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

float squared_l2(const float* a, const float* b, std::size_t n, Isa isa) {
  if (isa >= Isa::avx512) return squared_l2_avx512(a, b, n);
  if (isa == Isa::avx2) return squared_l2_avx2(a, b, n);
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace kindred::kernels
