// What the AVX-512 kernels of several files share. Internal; tested by matmul_test.cc.
#pragma once

#include <immintrin.h>

#include "kernels/gemm_isa.h"

namespace kindred::kernels {

void gemm_prepare_uint8_avx512(const GemmRow& row);
void gemm_prepare_bf16_avx512bf16(const GemmRow& row);
void gemm_finish_avx512(const GemmFinish& finish);

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace {

/// 16 sums of products as floats: the zero point taken away, then scaled.
[[maybe_unused]] inline __m512 dequantized(__m512i sums, const RowScale& row,
                                           const std::int32_t* column_sums,
                                           const float* column_scales) {
  const __m512i shift =
      _mm512_mullo_epi32(_mm512_set1_epi32(row.zero), _mm512_loadu_si512(column_sums));
  const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(row.scale), _mm512_loadu_ps(column_scales));
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(sums, shift)), scale);
}

/// Two or four values of a row, as they lie, in every 32-bit lane.
[[maybe_unused]] inline __m512i broadcast_dword(const std::byte* p) {
  return _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float*>(p)));
}

}  // namespace
}  // namespace kindred::kernels
