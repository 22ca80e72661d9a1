// The matrix product's tiles for AMX: int8 and bf16. A tile of ours is 32 rows by the 32 columns of
// a panel: four sums in tile registers, fed by two registers of rows and two of columns.
#include "kernels/gemm_amx.h"

#include "kernels/gemm_avx512.h"

namespace kindred::kernels {
namespace {

constexpr int kColumns = 32;
constexpr int kRows = kAmxTileRows;
constexpr int kHalf = 16;  // rows, and columns, of one register
// A register holds 16 rows of 64 bytes: of the rows of x 64 or 32 values of k, of a panel 16 groups
// of 4 or 2 values of k for 16 columns. A panel's groups are twice as long.
constexpr std::size_t kStepBytes = 64;
constexpr std::size_t kGroupBytes = 2 * kStepBytes;
constexpr std::size_t kPanelStepBytes = 16 * kGroupBytes;
// To configure the registers takes about as long as a short step: once for so many panels.
constexpr int kPanels = 4;

// Registers, by number since the intrinsics take literals: 0 and 1 are the sums of the upper rows
// (left and right columns), 2 and 3 of the lower rows; 4 and 5 are the upper and lower rows of x;
// 6 and 7 are the left and right columns of the panel.
constexpr AmxTileConfig config_of(int rows) {
  AmxTileConfig config;
  const auto set = [&config](int index, int count) {
    config.row_bytes[index] = kStepBytes;
    config.rows[index] = static_cast<std::uint8_t>(count);
  };
  const int upper = rows < kHalf ? rows : kHalf;
  for (const int index : {0, 1, 4}) set(index, upper);
  if (rows > kHalf)
    for (const int index : {2, 3, 5}) set(index, rows - kHalf);
  for (const int index : {6, 7}) set(index, 16);
  return config;
}

constexpr std::array<AmxTileConfig, kRows> all_configs() {
  std::array<AmxTileConfig, kRows> configs;
  for (int rows = 1; rows <= kRows; ++rows)
    configs[static_cast<std::size_t>(rows) - 1] = config_of(rows);
  return configs;
}

// The two instructions are written out because GCC 12's intrinsics declare 8 bytes of the 64 as
// their operand: stores to the rest are removed. The operand is a constant besides, so that there
// are none to remove (tools/check_isa_objects looks at the object code).
void configure(const AmxTileConfig& config) {
  // "memory": what the tiles are loaded from is written before; their intrinsics do not say so.
  __asm__ volatile("ldtilecfg %0" : : "m"(config) : "memory");
}

AmxTileConfig configuration() {
  AmxTileConfig config;
  __asm__ volatile("sttilecfg %0" : "=m"(config));
  return config;
}

struct Int8 {
  static constexpr std::size_t kStep = 64;
};
struct Bf16 {
  static constexpr std::size_t kStep = 32;
};

/// Sums of one panel, as 32-bit integers or floats, into `out`.
template <typename Type, bool kLower>
void multiply(const GemmTile& t, const std::byte* w, float* out) {
  constexpr bool kInt8 = Type::kStep == Int8::kStep;
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (kLower) {
    _tile_zero(2);
    _tile_zero(3);
  }
  const std::byte* x = t.x;
  for (std::size_t k = 0; k < t.k; k += Type::kStep, x += kStepBytes, w += kPanelStepBytes) {
    _tile_loadd(6, w, kGroupBytes);
    _tile_loadd(7, w + kStepBytes, kGroupBytes);
    _tile_loadd(4, x, t.x_stride);
    if constexpr (kInt8) {
      _tile_dpbusd(0, 4, 6);
      _tile_dpbusd(1, 4, 7);
    } else {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kLower) {
      _tile_loadd(5, x + kHalf * t.x_stride, t.x_stride);
      if constexpr (kInt8) {
        _tile_dpbusd(2, 5, 6);
        _tile_dpbusd(3, 5, 7);
      } else {
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  const std::size_t stride = t.out_stride * sizeof(float);
  _tile_stored(0, out, stride);
  _tile_stored(1, out + kHalf, stride);
  if constexpr (kLower) {
    float* lower = out + kHalf * t.out_stride;
    _tile_stored(2, lower, stride);
    _tile_stored(3, lower + kHalf, stride);
  }
}

template <typename Type>
void multiply_panels(const GemmTile& t) {
  configure(kAmxTileConfigs[static_cast<std::size_t>(t.rows) - 1]);
  for (int p = 0; p < t.panels; ++p) {
    const std::byte* w = t.weights + static_cast<std::size_t>(p) * t.panel_stride;
    float* out = t.out + p * kColumns;
    if (t.rows > kHalf)
      multiply<Type, true>(t, w, out);
    else
      multiply<Type, false>(t, w, out);
  }
  _tile_release();
}

void tile_int8(const GemmTile& t) {
  multiply_panels<Int8>(t);
  for (int r = 0; r < t.rows; ++r) {
    float* out = t.out + static_cast<std::size_t>(r) * t.out_stride;
    for (int c = 0; c < t.panels * kColumns; c += 16)
      _mm512_storeu_ps(out + c, dequantized(_mm512_loadu_si512(out + c), t.row_scales[r],
                                            t.column_sums + c, t.column_scales + c));
  }
}

constexpr GemmKernel amx_kernel(WeightType weights) {
  const bool int8 = weights == WeightType::int8;
  GemmKernel kernel{};
  kernel.isa = Isa::amx;
  kernel.weights = weights;
  kernel.activations = int8 ? ActivationFormat::uint8 : ActivationFormat::bf16;
  kernel.columns = kColumns;
  kernel.group = int8 ? 4 : 2;
  kernel.k_multiple = int8 ? Int8::kStep : Bf16::kStep;
  kernel.rows = kRows;
  for (auto& panels : kernel.panels) panels = kPanels;
  kernel.weight_limit = 127;
  kernel.activation_limit = 255;
  kernel.prepare = int8 ? gemm_prepare_uint8_avx512 : gemm_prepare_bf16_avx512bf16;
  kernel.tile = int8 ? tile_int8 : multiply_panels<Bf16>;
  kernel.finish = gemm_finish_avx512;
  return kernel;
}

}  // namespace

constexpr std::array<AmxTileConfig, kAmxTileRows> kAmxTileConfigs = all_configs();

bool amx_keeps_configurations() {
  bool kept = true;
  for (const AmxTileConfig& config : kAmxTileConfigs) {
    configure(config);
    kept = kept && configuration() == config;
  }
  _tile_release();
  return kept;
}

constinit const GemmKernel kGemmBf16Amx = amx_kernel(WeightType::bf16);
constinit const GemmKernel kGemmInt8Amx = amx_kernel(WeightType::int8);

}  // namespace kindred::kernels
