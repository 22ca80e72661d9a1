// The matrix product's tiles for AVX2 and FMA: fp32 activations, fp32 or bf16 weights.
#include "kernels/lanes_avx2.h"
// After the lanes that they work on.
#include "kernels/gemm_finish_lanes.h"
#include "kernels/gemm_tile_lanes.h"

namespace kindred::kernels {
namespace {

constexpr int kRows = 6;

/// A panel's columns at two k: each 32-bit lane holds k in its low half and k + 1 in its high half.
struct Bf16Weights {
  static constexpr int kStep = 2;
  static __m256 load(const std::byte* w, int k, int half) {
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w) + half);
    return _mm256_castsi256_ps(k == 0 ? _mm256_slli_epi32(pairs, 16)
                                      : _mm256_and_si256(pairs, _mm256_set1_epi32(-65536)));
  }
};

template <typename Weights>
void tile(const GemmTile& t) {
  tile_of<Weights, 2 * kRows>(t, std::make_integer_sequence<int, kRows>{});
}

/// Once a panel serves many rows, it is widened once for all of them.
void expand_bf16(const std::byte* panel, std::size_t k, std::byte* out) {
  for (std::size_t i = 0; i < k; i += 2, panel += kStepBytes, out += 2 * kStepBytes)
    for (int index = 0; index < 2; ++index)
      for (int half = 0; half < 2; ++half)
        Lanes::store(reinterpret_cast<float*>(out) + index * kColumns + half * 8,
                     Bf16Weights::load(panel, index, half));
}

constexpr GemmKernel fp32_kernel() {
  GemmKernel kernel = float_layout(Isa::avx2, WeightType::fp32, kRows);
  kernel.tile = tile<Fp32Weights>;
  kernel.finish = finish_lanes;
  return kernel;
}

constexpr GemmKernel bf16_kernel() {
  GemmKernel kernel = float_layout(Isa::avx2, WeightType::bf16, kRows);
  kernel.tile = tile<Bf16Weights>;
  kernel.finish = finish_lanes;
  kernel.expand = expand_bf16;
  kernel.tile_expanded = tile<Fp32Weights>;
  kernel.expanded_bytes = kStepBytes;
  kernel.expand_from = 3 * kRows;
  return kernel;
}

}  // namespace

constinit const GemmKernel kGemmFp32Avx2 = fp32_kernel();
constinit const GemmKernel kGemmBf16Avx2 = bf16_kernel();

}  // namespace kindred::kernels
