// The sixteen float lanes of AVX-512 behind the names that the *_lanes.h kernels use.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/transpose_avx2.h"
#include "kernels/vector_math_avx512.h"

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace kindred::kernels {
namespace {

struct Lanes {
  static constexpr std::size_t kWidth = 16;
  using Vector = __m512;

  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector set(float x) { return _mm512_set1_ps(x); }
  static Vector broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static Vector load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
  /// The first `count` lanes; the others are zero and their memory is not touched.
  static Vector load_first(const float* p, std::size_t count) {
    return _mm512_maskz_loadu_ps(mask(count), p);
  }
  static void store_first(float* p, Vector v, std::size_t count) {
    _mm512_mask_storeu_ps(p, mask(count), v);
  }
  /// `v` in the first `count` lanes, `rest` in the others.
  static Vector keep_first(Vector v, Vector rest, std::size_t count) {
    return _mm512_mask_blend_ps(mask(count), rest, v);
  }

  static Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  static Vector div(Vector a, Vector b) { return _mm512_div_ps(a, b); }
  static Vector min(Vector a, Vector b) { return _mm512_min_ps(a, b); }
  static Vector max(Vector a, Vector b) { return _mm512_max_ps(a, b); }
  static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static Vector exp(Vector x) { return exp_avx512(x); }
  static Vector tanh(Vector x) { return tanh_avx512(x); }

  static float sum(Vector v) { return _mm512_reduce_add_ps(v); }
  static float maximum(Vector v) { return _mm512_reduce_max_ps(v); }

  /// A kTranspose × kTranspose block turned round, row strides in floats.
  static constexpr std::size_t kTranspose = 8;
  static void transpose(const float* in, std::size_t ld, float* out, std::size_t ldo) {
    transpose_8x8(in, ld, out, ldo);
  }

 private:
  static __mmask16 mask(std::size_t count) {
    return count >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << count) - 1U);
  }
};

}  // namespace
}  // namespace kindred::kernels
