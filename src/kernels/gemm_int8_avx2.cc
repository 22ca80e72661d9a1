// The matrix product's tiles for AVX2: int8 weights.
//
// vpmaddubsw adds two products of an unsigned by a signed byte in 16 bits, with saturation. Adding
// four of its results in 16 bits, eight products, before vpmaddwd widens them saves a third of the
// instructions. Nothing overflows, whatever the activations are, since `pack` makes the scale of
// a channel such that the weights of one sign in eight products sum to kLaneLimit at most.
#include "kernels/gemm_isa.h"
#include "kernels/lanes_avx2.h"
// After the lanes that they work on.
#include "kernels/gemm_finish_lanes.h"
#include "kernels/gemm_quantize_lanes.h"

namespace kindred::kernels {
namespace {

constexpr int kColumns = 16;
constexpr int kRows = 5;
// Values of k whose products meet in two 16-bit lanes, and their bytes in a panel.
constexpr int kStep = 16;
constexpr std::size_t kStepBytes = kStep * kColumns;
// Activations lie in 0 … 200: measured best between their rounding and that of the weights.
constexpr std::int32_t kActivationLimit = 200;
constexpr std::int32_t kLaneLimit = 32767 / kActivationLimit;

inline __m256i broadcast4(const std::uint8_t* p) {
  return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(p)));
}

inline __m256i load(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}

/// 8 columns of one row over 16 k; w: the four vectors of those columns, 64 bytes apart.
inline __m256i products(const std::uint8_t* x, const std::byte* w) {
  const __m256i a = _mm256_maddubs_epi16(broadcast4(x), load(w));
  const __m256i b = _mm256_maddubs_epi16(broadcast4(x + 4), load(w + 64));
  const __m256i c = _mm256_maddubs_epi16(broadcast4(x + 8), load(w + 128));
  const __m256i d = _mm256_maddubs_epi16(broadcast4(x + 12), load(w + 192));
  const __m256i sum = _mm256_add_epi16(_mm256_add_epi16(a, b), _mm256_add_epi16(c, d));
  return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

template <int kTileRows>
void multiply(const GemmTile& t) {
  __m256i sums[kTileRows][2];
#pragma GCC unroll 16
  for (int r = 0; r < kTileRows; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
  const auto* x = reinterpret_cast<const std::uint8_t*>(t.x);
  const std::byte* w = t.weights;
  for (std::size_t k = 0; k < t.k; k += kStep, w += kStepBytes) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half)
#pragma GCC unroll 16
      for (int r = 0; r < kTileRows; ++r)
        sums[r][half] = _mm256_add_epi32(
            sums[r][half],
            products(x + static_cast<std::size_t>(r) * t.x_stride + k, w + half * 32));
  }
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const __m256i column_sums =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(t.column_sums) + half);
    const __m256 column_scales = _mm256_loadu_ps(t.column_scales + half * 8);
#pragma GCC unroll 16
    for (int r = 0; r < kTileRows; ++r) {
      const RowScale& row = t.row_scales[r];
      const __m256i shift = _mm256_mullo_epi32(_mm256_set1_epi32(row.zero), column_sums);
      const __m256 sum = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums[r][half], shift));
      const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(row.scale), column_scales);
      _mm256_store_ps(t.out + static_cast<std::size_t>(r) * t.out_stride + half * 8,
                      _mm256_mul_ps(sum, scale));
    }
  }
}

void tile(const GemmTile& t) {
  using Function = void (*)(const GemmTile&);
  static constexpr Function kMultiply[kRows] = {multiply<1>, multiply<2>, multiply<3>, multiply<4>,
                                                multiply<5>};
  kMultiply[t.rows - 1](t);
}

/// 32 values of x · inverse + zero, rounded and limited.
inline __m256i quantize(const float* x, __m256 inverse, __m256i zero, __m256i limit,
                        std::size_t count) {
  const auto round8 = [&](std::size_t i) {
    const __m256 v = i + 8 <= count ? Lanes::load(x + i)
                     : i < count    ? Lanes::load_first(x + i, count - i)
                                    : Lanes::zero();
    return _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(v, inverse)), zero);
  };
  // The packs turn what is negative to 0. They work within 128-bit halves: 4 bytes of each input in
  // turn, put in order at the end.
  const __m256i low = _mm256_packus_epi32(round8(0), round8(8));
  const __m256i high = _mm256_packus_epi32(round8(16), round8(24));
  const __m256i q = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high),
                                                _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  return _mm256_min_epu8(q, limit);
}

void prepare(const GemmRow& row) {
  const RowQuantizer quantizer = measure_row(row);
  const __m256 inverse = Lanes::set(quantizer.inverse);
  const __m256i zero = _mm256_set1_epi32(quantizer.zero);
  const __m256i limit = _mm256_set1_epi8(static_cast<char>(row.limit));
  auto* out = static_cast<std::uint8_t*>(row.out);
  std::size_t i = 0;
  for (; i + 32 <= row.k; i += 32)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i),
                        quantize(row.x + i, inverse, zero, limit, 32));
  if (i < row.padded_k) {
    alignas(32) std::uint8_t rest[32];
    const std::size_t left = row.k - i;
    _mm256_store_si256(reinterpret_cast<__m256i*>(rest),
                       quantize(row.x + i, inverse, zero, limit, left));
    for (std::size_t j = 0; i + j < row.padded_k; ++j) out[i + j] = j < left ? rest[j] : 0;
  }
}

constexpr GemmKernel int8_kernel() {
  GemmKernel kernel{};
  kernel.isa = Isa::avx2;
  kernel.weights = WeightType::int8;
  kernel.activations = ActivationFormat::uint8;
  kernel.columns = kColumns;
  kernel.group = 4;
  kernel.k_multiple = kStep;
  kernel.rows = kRows;
  for (auto& panels : kernel.panels) panels = 1;
  kernel.weight_limit = 127;
  kernel.activation_limit = kActivationLimit;
  kernel.lane_step = kStep;
  kernel.lane_limit = kLaneLimit;
  kernel.prepare = prepare;
  kernel.tile = tile;
  kernel.finish = finish_lanes;
  return kernel;
}

}  // namespace

constinit const GemmKernel kGemmInt8Avx2 = int8_kernel();

}  // namespace kindred::kernels
