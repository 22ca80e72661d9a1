// dot and squared_l2 for AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/distance_lanes.h"

namespace kindred::kernels {

float dot_avx512(const float* a, const float* b, std::size_t n) {
  return distance_lanes<false>(a, b, n);
}

float squared_l2_avx512(const float* a, const float* b, std::size_t n) {
  return distance_lanes<true>(a, b, n);
}

}  // namespace kindred::kernels
