// The matrix product's tiles for AVX-512: fp32 activations, fp32 or bf16 weights.
#include "kernels/gemm_avx512.h"

#include "kernels/lanes_avx512.h"
// After the lanes that they work on.
#include "kernels/gemm_finish_lanes.h"
#include "kernels/gemm_tile_lanes.h"

namespace kindred::kernels {
namespace {

constexpr int kRows = 12;

/// A panel's columns at two k: each 32-bit lane holds k in its low half and k + 1 in its high half.
struct Bf16Weights {
  static constexpr int kStep = 2;
  static __m512 load(const std::byte* w, int k, int half) {
    const __m512i pairs = _mm512_loadu_si512(w + half * 64);
    return _mm512_castsi512_ps(k == 0 ? _mm512_slli_epi32(pairs, 16)
                                      : _mm512_and_si512(pairs, _mm512_set1_epi32(-65536)));
  }
};

template <typename Weights>
void tile(const GemmTile& t) {
  tile_of<Weights, 2 * kRows>(t, std::make_integer_sequence<int, kRows>{});
}

constexpr GemmKernel fp32_kernel() {
  GemmKernel kernel = float_layout(Isa::avx512, WeightType::fp32, kRows);
  kernel.tile = tile<Fp32Weights>;
  kernel.finish = gemm_finish_avx512;
  return kernel;
}

constexpr GemmKernel bf16_kernel() {
  // A port is left for the widening that AVX2 lacks, so no panel is expanded.
  GemmKernel kernel = float_layout(Isa::avx512, WeightType::bf16, kRows);
  kernel.tile = tile<Bf16Weights>;
  kernel.finish = gemm_finish_avx512;
  return kernel;
}

}  // namespace

void gemm_finish_avx512(const GemmFinish& finish) {
  finish_lanes(finish);
}

constinit const GemmKernel kGemmFp32Avx512 = fp32_kernel();
constinit const GemmKernel kGemmBf16Avx512 = bf16_kernel();

}  // namespace kindred::kernels
