// The matrix product's tiles for AVX2 and FMA.
#include "kernels/lanes_avx2.h"
// After the lanes that it works on.
#include "kernels/gemm_finish_lanes.h"

namespace kindred::kernels {
namespace {

constexpr int kColumns = 16;

/// kRows rows times kPanels panels of 16 columns. Every product is summed over k in order.
template <int kRows, int kPanels>
void multiply_fp32(const GemmTile& t) {
  __m256 sums[kRows][2 * kPanels];
  for (auto& row : sums)
    for (__m256& sum : row) sum = _mm256_setzero_ps();
  const float* x = reinterpret_cast<const float*>(t.x);
  const std::size_t stride = t.x_stride / sizeof(float);
  const float* w = reinterpret_cast<const float*>(t.weights);
  const std::size_t panel = t.panel_stride / sizeof(float);
  for (std::size_t k = 0; k < t.k; ++k, w += kColumns) {
    __m256 columns[2 * kPanels];
    for (int c = 0; c < 2 * kPanels; ++c)
      columns[c] = _mm256_load_ps(w + static_cast<std::size_t>(c / 2) * panel + c % 2 * 8);
    for (int r = 0; r < kRows; ++r) {
      const __m256 value = _mm256_broadcast_ss(x + static_cast<std::size_t>(r) * stride + k);
      for (int c = 0; c < 2 * kPanels; ++c)
        sums[r][c] = _mm256_fmadd_ps(value, columns[c], sums[r][c]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < 2 * kPanels; ++c)
      _mm256_store_ps(t.out + static_cast<std::size_t>(r) * t.out_stride + c * 8, sums[r][c]);
}

template <int kRows>
void tile_fp32_panels(const GemmTile& t) {
  if constexpr (kRows <= 1) {
    if (t.panels == 4) return multiply_fp32<kRows, 4>(t);
    if (t.panels == 3) return multiply_fp32<kRows, 3>(t);
  }
  if constexpr (kRows <= 3) {
    if (t.panels == 2) return multiply_fp32<kRows, 2>(t);
  }
  multiply_fp32<kRows, 1>(t);
}

void tile_fp32(const GemmTile& t) {
  switch (t.rows) {
    case 1:
      return tile_fp32_panels<1>(t);
    case 2:
      return tile_fp32_panels<2>(t);
    case 3:
      return tile_fp32_panels<3>(t);
    case 4:
      return tile_fp32_panels<4>(t);
    case 5:
      return tile_fp32_panels<5>(t);
    default:
      return tile_fp32_panels<6>(t);
  }
}

constexpr GemmKernel fp32_kernel() {
  GemmKernel kernel{};
  kernel.isa = Isa::avx2;
  kernel.weights = WeightType::fp32;
  kernel.activations = ActivationFormat::fp32;
  kernel.columns = kColumns;
  kernel.group = 1;
  kernel.k_multiple = 1;
  kernel.rows = 6;
  const int panels[] = {1, 4, 2, 2, 1, 1, 1};
  for (int i = 0; i < 7; ++i) kernel.panels[i] = panels[i];
  kernel.tile = tile_fp32;
  kernel.finish = finish_lanes;
  return kernel;
}

}  // namespace

constinit const GemmKernel kGemmAvx2[1] = {fp32_kernel()};

}  // namespace kindred::kernels
