// The eight float lanes of AVX2 behind the names that the *_lanes.h kernels use.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/transpose_avx2.h"
#include "kernels/vector_math_avx2.h"

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace kindred::kernels {
namespace {

struct Lanes {
  static constexpr std::size_t kWidth = 8;
  using Vector = __m256;

  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector set(float x) { return _mm256_set1_ps(x); }
  static Vector broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static Vector load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
  /// The first `count` lanes; the others are zero and their memory is not touched.
  static Vector load_first(const float* p, std::size_t count) {
    return _mm256_maskload_ps(p, mask(count));
  }
  static void store_first(float* p, Vector v, std::size_t count) {
    _mm256_maskstore_ps(p, mask(count), v);
  }
  /// `v` in the first `count` lanes, `rest` in the others.
  static Vector keep_first(Vector v, Vector rest, std::size_t count) {
    return _mm256_blendv_ps(rest, v, _mm256_castsi256_ps(mask(count)));
  }

  static Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  static Vector div(Vector a, Vector b) { return _mm256_div_ps(a, b); }
  static Vector min(Vector a, Vector b) { return _mm256_min_ps(a, b); }
  static Vector max(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  static Vector exp(Vector x) { return exp_avx2(x); }
  static Vector tanh(Vector x) { return tanh_avx2(x); }

  static float sum(Vector v) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
  }
  static float maximum(Vector v) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
  }

  /// A kTranspose × kTranspose block turned round, row strides in floats.
  static constexpr std::size_t kTranspose = 8;
  static void transpose(const float* in, std::size_t ld, float* out, std::size_t ldo) {
    transpose_8x8(in, ld, out, ldo);
  }

 private:
  static __m256i mask(std::size_t count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
  }
};

}  // namespace
}  // namespace kindred::kernels
