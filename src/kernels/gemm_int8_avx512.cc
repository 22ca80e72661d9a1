// The matrix product's tiles for AVX-512 with VNNI: int8 weights. vpdpbusd adds four products of
// unsigned by signed bytes to 32 bits without saturation.
#include "kernels/gemm_avx512.h"
#include "kernels/lanes_avx512.h"
// After the lanes that it works on.
#include "kernels/gemm_quantize_lanes.h"

namespace kindred::kernels {
namespace {

constexpr int kColumns = 32;
constexpr int kRows = 12;
constexpr int kStep = 4;  // values of k that one instruction takes
constexpr std::size_t kAhead = 1024;
constexpr std::size_t kStepBytes = kStep * kColumns;

/// sums += x · w, four bytes a lane. Not the intrinsic: of its sums GCC 12 makes copies and spills
/// them, at a third of the speed.
inline void add_products(__m512i& sums, __m512i x, __m512i w) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(x), "v"(w));
}

template <int kTileRows>
void multiply(const GemmTile& t) {
  __m512i sums[kTileRows][2];
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r) sums[r][0] = sums[r][1] = _mm512_setzero_si512();
  const std::byte* w = t.weights;
  for (std::size_t k = 0; k < t.k; k += kStep, w += kStepBytes) {
    const __m512i first = _mm512_loadu_si512(w);
    const __m512i second = _mm512_loadu_si512(w + 64);
    _mm_prefetch(w + kAhead, _MM_HINT_T0);
    _mm_prefetch(w + kAhead + 64, _MM_HINT_T0);
#pragma GCC unroll 16
    for (int r = 0; r < kTileRows; ++r) {
      const __m512i x = broadcast_dword(t.x + static_cast<std::size_t>(r) * t.x_stride + k);
      add_products(sums[r][0], x, first);
      add_products(sums[r][1], x, second);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r)
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half)
      _mm512_storeu_ps(t.out + static_cast<std::size_t>(r) * t.out_stride + half * 16,
                       dequantized(sums[r][half], t.row_scales[r], t.column_sums + half * 16,
                                   t.column_scales + half * 16));
}

void tile(const GemmTile& t) {
  using Function = void (*)(const GemmTile&);
  static constexpr Function kMultiply[kRows] = {
      multiply<1>, multiply<2>, multiply<3>, multiply<4>,  multiply<5>,  multiply<6>,
      multiply<7>, multiply<8>, multiply<9>, multiply<10>, multiply<11>, multiply<12>};
  kMultiply[t.rows - 1](t);
}

constexpr GemmKernel int8_kernel() {
  GemmKernel kernel{};
  kernel.isa = Isa::avx512;
  kernel.weights = WeightType::int8;
  kernel.activations = ActivationFormat::uint8;
  kernel.columns = kColumns;
  kernel.group = kStep;
  kernel.k_multiple = kStep;
  kernel.rows = kRows;
  for (auto& panels : kernel.panels) panels = 1;
  kernel.weight_limit = 127;
  kernel.activation_limit = 255;
  kernel.prepare = gemm_prepare_uint8_avx512;
  kernel.tile = tile;
  kernel.finish = gemm_finish_avx512;
  return kernel;
}

}  // namespace

void gemm_prepare_uint8_avx512(const GemmRow& row) {
  const RowQuantizer quantizer = measure_row(row);
  const __m512 inverse = _mm512_set1_ps(quantizer.inverse);
  const __m512i zero = _mm512_set1_epi32(quantizer.zero);
  const __m512i limit = _mm512_set1_epi32(row.limit);
  auto* out = static_cast<std::uint8_t*>(row.out);
  for (std::size_t i = 0; i < row.padded_k; i += 16) {
    const std::size_t values = i < row.k ? row.k - i : 0;
    const std::size_t written = row.padded_k - i;
    const auto mask = [](std::size_t count) {
      return count >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << count) - 1U);
    };
    const __m512 x = _mm512_maskz_loadu_ps(mask(values), row.x + i);
    __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x, inverse)), zero);
    q = _mm512_min_epi32(_mm512_max_epi32(q, _mm512_setzero_si512()), limit);
    q = _mm512_maskz_mov_epi32(mask(values), q);
    _mm512_mask_cvtepi32_storeu_epi8(out + i, mask(written), q);
  }
}

constinit const GemmKernel kGemmInt8Avx512 = int8_kernel();

}  // namespace kindred::kernels
