// exp, tanh and the activations on AVX-512's sixteen lanes. Internal; tested by
// matmul_test.cc and attention_test.cc.
#pragma once

#include <immintrin.h>

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace kindred::kernels {
namespace {

template <typename V>
[[maybe_unused]] inline V splat(float x) {
  return _mm512_set1_ps(x);
}
[[maybe_unused]] inline __m512 fma(__m512 a, __m512 b, __m512 c) {
  return _mm512_fmadd_ps(a, b, c);
}
[[maybe_unused]] inline __m512 smaller(__m512 bound, __m512 x) {
  return _mm512_min_ps(bound, x);
}
[[maybe_unused]] inline __m512 larger(__m512 bound, __m512 x) {
  return _mm512_max_ps(bound, x);
}
[[maybe_unused]] inline __m512 magnitude(__m512 x) {
  return _mm512_abs_ps(x);
}
[[maybe_unused]] inline __m512 nearest(__m512 x) {
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
[[maybe_unused]] inline __m512 times_power_of_two(__m512 x, __m512 n) {
  const __m512i exponent = _mm512_slli_epi32(_mm512_cvtps_epi32(n), 23);
  return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), exponent));
}
/// `v`, or 0 where x < bound.
[[maybe_unused]] inline __m512 zero_below(__m512 v, __m512 x, __m512 bound) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, bound, _CMP_NLT_UQ), v);
}

}  // namespace
}  // namespace kindred::kernels

#include "kernels/vector_math.h"

namespace kindred::kernels {
namespace {

[[maybe_unused]] inline __m512 exp_avx512(__m512 x) {
  return exp_vector(x);
}
[[maybe_unused]] inline __m512 tanh_avx512(__m512 x) {
  return tanh_vector(x);
}

}  // namespace
}  // namespace kindred::kernels
