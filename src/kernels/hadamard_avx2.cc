// The Hadamard transform on AVX2.
#include "kernels/lanes_avx2.h"

// After the lanes that it is written with.
#include "kernels/hadamard_lanes.h"

namespace kindred::kernels {

void hadamard_avx2(float* x, std::size_t n, float scale) {
  // y = swapped + sign · x: a + b where a stood, a - b where b stood.
  const __m256 sign1 = _mm256_setr_ps(1, -1, 1, -1, 1, -1, 1, -1);
  const __m256 sign2 = _mm256_setr_ps(1, 1, -1, -1, 1, 1, -1, -1);
  const __m256 sign4 = _mm256_setr_ps(1, 1, 1, 1, -1, -1, -1, -1);
  for (std::size_t i = 0; i < n; i += 8) {
    __m256 v = _mm256_loadu_ps(x + i);
    v = _mm256_fmadd_ps(v, sign1, _mm256_permute_ps(v, 0xB1));
    v = _mm256_fmadd_ps(v, sign2, _mm256_permute_ps(v, 0x4E));
    v = _mm256_fmadd_ps(v, sign4, _mm256_permute2f128_ps(v, v, 1));
    _mm256_storeu_ps(x + i, v);
  }
  hadamard_between(x, n, 8, scale);
}

}  // namespace kindred::kernels
