// The matrix product's tiles for AVX512-BF16: bf16 activations and weights, fp32 sums.
#include "kernels/gemm_avx512.h"

namespace kindred::kernels {
namespace {

constexpr int kColumns = 32;
constexpr int kRows = 12;
constexpr int kStep = 2;  // values of k that one instruction takes
constexpr std::size_t kStepBytes = kStep * kColumns * 2;

/// sums += x · w, two values a lane. Not the intrinsic: of its sums GCC 12 makes copies and spills
/// them.
inline void add_products(__m512& sums, __m512i x, __m512i w) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sums) : "v"(x), "v"(w));
}

template <int kTileRows>
void multiply(const GemmTile& t) {
  __m512 sums[kTileRows][2];
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
  const std::byte* w = t.weights;
  for (std::size_t k = 0; k < t.k; k += kStep, w += kStepBytes) {
    const __m512i first = _mm512_loadu_si512(w);
    const __m512i second = _mm512_loadu_si512(w + 64);
#pragma GCC unroll 16
    for (int r = 0; r < kTileRows; ++r) {
      const __m512i x = broadcast_dword(t.x + static_cast<std::size_t>(r) * t.x_stride + 2 * k);
      add_products(sums[r][0], x, first);
      add_products(sums[r][1], x, second);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r)
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half)
      _mm512_storeu_ps(t.out + static_cast<std::size_t>(r) * t.out_stride + half * 16,
                       sums[r][half]);
}

void tile(const GemmTile& t) {
  using Function = void (*)(const GemmTile&);
  static constexpr Function kMultiply[kRows] = {
      multiply<1>, multiply<2>, multiply<3>, multiply<4>,  multiply<5>,  multiply<6>,
      multiply<7>, multiply<8>, multiply<9>, multiply<10>, multiply<11>, multiply<12>};
  kMultiply[t.rows - 1](t);
}

constexpr GemmKernel bf16_kernel() {
  GemmKernel kernel{};
  kernel.isa = Isa::avx512bf16;
  kernel.weights = WeightType::bf16;
  kernel.activations = ActivationFormat::bf16;
  kernel.columns = kColumns;
  kernel.group = kStep;
  kernel.k_multiple = kStep;
  kernel.rows = kRows;
  for (auto& panels : kernel.panels) panels = 1;
  kernel.prepare = gemm_prepare_bf16_avx512bf16;
  kernel.tile = tile;
  kernel.finish = gemm_finish_avx512;
  return kernel;
}

}  // namespace

void gemm_prepare_bf16_avx512bf16(const GemmRow& row) {
  auto* out = static_cast<std::uint16_t*>(row.out);
  const auto mask = [](std::size_t count) {
    return count >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << count) - 1U);
  };
  for (std::size_t i = 0; i < row.padded_k; i += 16) {
    const std::size_t values = i < row.k ? row.k - i : 0;
    const __m512 x = _mm512_maskz_loadu_ps(mask(values), row.x + i);
    _mm256_mask_storeu_epi16(out + i, mask(row.padded_k - i),
                             reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
}

constinit const GemmKernel kGemmBf16Avx512Bf16 = bf16_kernel();

}  // namespace kindred::kernels
