// The Hadamard transform on AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/hadamard_lanes.h"

namespace kindred::kernels {

void hadamard_avx512(float* x, std::size_t n, float scale) {
  // y = swapped + sign · x: a + b where a stood, a - b where b stood.
  const __m512 one = _mm512_set1_ps(1.0F), minus = _mm512_set1_ps(-1.0F);
  const __m512 sign1 = _mm512_mask_mov_ps(one, 0xAAAA, minus);
  const __m512 sign2 = _mm512_mask_mov_ps(one, 0xCCCC, minus);
  const __m512 sign4 = _mm512_mask_mov_ps(one, 0xF0F0, minus);
  const __m512 sign8 = _mm512_mask_mov_ps(one, 0xFF00, minus);
  for (std::size_t i = 0; i < n; i += 16) {
    __m512 v = _mm512_loadu_ps(x + i);
    v = _mm512_fmadd_ps(v, sign1, _mm512_permute_ps(v, 0xB1));
    v = _mm512_fmadd_ps(v, sign2, _mm512_permute_ps(v, 0x4E));
    v = _mm512_fmadd_ps(v, sign4, _mm512_shuffle_f32x4(v, v, 0xB1));
    v = _mm512_fmadd_ps(v, sign8, _mm512_shuffle_f32x4(v, v, 0x4E));
    _mm512_storeu_ps(x + i, v);
  }
  hadamard_between(x, n, 16, scale);
}

}  // namespace kindred::kernels
