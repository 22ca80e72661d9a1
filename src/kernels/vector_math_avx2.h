// exp, tanh and the activations on AVX2's eight lanes. Internal; tested by
// matmul_test.cc and attention_test.cc.
#pragma once

#include <immintrin.h>

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace kindred::kernels {
namespace {

template <typename V>
[[maybe_unused]] inline V splat(float x) {
  return _mm256_set1_ps(x);
}
[[maybe_unused]] inline __m256 fma(__m256 a, __m256 b, __m256 c) {
  return _mm256_fmadd_ps(a, b, c);
}
[[maybe_unused]] inline __m256 smaller(__m256 bound, __m256 x) {
  return _mm256_min_ps(bound, x);
}
[[maybe_unused]] inline __m256 larger(__m256 bound, __m256 x) {
  return _mm256_max_ps(bound, x);
}
[[maybe_unused]] inline __m256 magnitude(__m256 x) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x);
}
[[maybe_unused]] inline __m256 nearest(__m256 x) {
  return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
[[maybe_unused]] inline __m256 times_power_of_two(__m256 x, __m256 n) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), exponent));
}
/// `v`, or 0 where x < bound.
[[maybe_unused]] inline __m256 zero_below(__m256 v, __m256 x, __m256 bound) {
  return _mm256_andnot_ps(_mm256_cmp_ps(x, bound, _CMP_LT_OQ), v);
}

}  // namespace
}  // namespace kindred::kernels

#include "kernels/vector_math.h"

namespace kindred::kernels {
namespace {

[[maybe_unused]] inline __m256 exp_avx2(__m256 x) {
  return exp_vector(x);
}
[[maybe_unused]] inline __m256 tanh_avx2(__m256 x) {
  return tanh_vector(x);
}

}  // namespace
}  // namespace kindred::kernels
