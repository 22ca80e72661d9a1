// dot and squared_l2 for AVX-512.
#include "kernels/distance_lanes.h"
#include "kernels/lanes_avx512.h"

namespace kindred::kernels {

float dot_avx512(const float* a, const float* b, std::size_t n) {
  return distance_lanes<false>(a, b, n);
}

float squared_l2_avx512(const float* a, const float* b, std::size_t n) {
  return distance_lanes<true>(a, b, n);
}

}  // namespace kindred::kernels
