// dot and squared_l2 for AVX2.
#include "kernels/distance_lanes.h"
#include "kernels/lanes_avx2.h"

namespace kindred::kernels {

float dot_avx2(const float* a, const float* b, std::size_t n) {
  return distance_lanes<false>(a, b, n);
}

float squared_l2_avx2(const float* a, const float* b, std::size_t n) {
  return distance_lanes<true>(a, b, n);
}

}  // namespace kindred::kernels
