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

__mmask64 first_bytes(std::size_t count) {
  return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
}

/// 64 values of x · inverse + zero, rounded and limited, of which `count` are read.
__m512i quantize(const float* x, __m512 inverse, __m512i zero, __m512i limit, std::size_t count) {
  const auto round16 = [&](std::size_t i) {
    const __m512 v = i + 16 <= count ? Lanes::load(x + i)
                     : i < count     ? Lanes::load_first(x + i, count - i)
                                     : Lanes::zero();
    return _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(v, inverse)), zero);
  };
  // The packs turn what is negative to 0. They work within 128-bit quarters: 4 bytes of each input
  // in turn, put in order at the end.
  const __m512i low = _mm512_packus_epi32(round16(0), round16(16));
  const __m512i high = _mm512_packus_epi32(round16(32), round16(48));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i q = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
  return _mm512_min_epu8(q, limit);
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
  const __m512 inverse = Lanes::set(quantizer.inverse);
  const __m512i zero = _mm512_set1_epi32(quantizer.zero);
  const __m512i limit = _mm512_set1_epi8(static_cast<char>(row.limit));
  auto* out = static_cast<std::uint8_t*>(row.out);
  std::size_t i = 0;
  for (; i + 64 <= row.k; i += 64)
    _mm512_storeu_si512(out + i, quantize(row.x + i, inverse, zero, limit, 64));
  for (; i < row.padded_k; i += 64) {
    const std::size_t values = i < row.k ? row.k - i : 0;
    const __m512i q = _mm512_maskz_mov_epi8(first_bytes(values),
                                            quantize(row.x + i, inverse, zero, limit, values));
    _mm512_mask_storeu_epi8(out + i, first_bytes(row.padded_k - i), q);
  }
}

constinit const GemmKernel kGemmInt8Avx512 = int8_kernel();

}  // namespace kindred::kernels
