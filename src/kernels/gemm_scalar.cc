// The matrix product's tiles in portable C++: for processors without AVX2, and what tests compare
// the other instruction sets with.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "kernels/gemm_isa.h"

namespace kindred::kernels {
namespace {

constexpr int kMostColumns = 64;

float from_bf16(std::uint16_t x) {
  return std::bit_cast<float>(std::uint32_t{x} << 16);
}

std::uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (x != x) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

float widen(float x) {
  return x;
}
float widen(std::uint16_t x) {
  return from_bf16(x);
}
std::int32_t widen(std::int16_t x) {
  return x;
}
std::int32_t widen(std::uint8_t x) {
  return x;
}
std::int32_t widen(std::int8_t x) {
  return x;
}

template <typename X, typename W>
void tile_scalar(const GemmTile& t) {
  using Sum = decltype(widen(X{}) * widen(W{}));
  const int columns = t.kernel->columns;
  const auto group = static_cast<std::size_t>(t.kernel->group);
  for (int p = 0; p < t.panels; ++p) {
    const W* panel =
        reinterpret_cast<const W*>(t.weights + static_cast<std::size_t>(p) * t.panel_stride);
    for (int r = 0; r < t.rows; ++r) {
      const X* x = reinterpret_cast<const X*>(t.x + static_cast<std::size_t>(r) * t.x_stride);
      Sum sums[kMostColumns] = {};
      for (std::size_t k = 0; k < t.k; ++k) {
        const W* w = panel + (k / group) * static_cast<std::size_t>(columns) * group + k % group;
        const auto value = widen(x[k]);
        for (int c = 0; c < columns; ++c)
          sums[c] += value * widen(w[static_cast<std::size_t>(c) * group]);
      }
      float* out = t.out + static_cast<std::size_t>(r) * t.out_stride + p * columns;
      for (int c = 0; c < columns; ++c) {
        if constexpr (std::is_same_v<Sum, float>) {
          out[c] = sums[c];
        } else {
          const RowScale row = t.row_scales[r];
          const std::int32_t sum = sums[c] - row.zero * t.column_sums[p * columns + c];
          out[c] = static_cast<float>(sum) * (row.scale * t.column_scales[p * columns + c]);
        }
      }
    }
  }
}

void prepare_bf16(const GemmRow& row) {
  auto* out = static_cast<std::uint16_t*>(row.out);
  for (std::size_t i = 0; i < row.k; ++i) out[i] = to_bf16(row.x[i]);
  std::fill(out + row.k, out + row.padded_k, std::uint16_t{0});
}

/// False, with a scale that makes the whole row NaN, if a value is not finite.
bool finite_row(const GemmRow& row) {
  for (std::size_t i = 0; i < row.k; ++i) {
    if (std::isfinite(row.x[i])) continue;
    *row.scale = {std::numeric_limits<float>::quiet_NaN(), 0, 0.0F};
    return false;
  }
  return true;
}

void prepare_int16(const GemmRow& row) {
  auto* out = static_cast<std::int16_t*>(row.out);
  std::fill(out, out + row.padded_k, std::int16_t{0});
  if (!finite_row(row)) return;
  float largest = 0.0F;
  for (std::size_t i = 0; i < row.k; ++i) largest = std::max(largest, std::fabs(row.x[i]));
  const auto limit = static_cast<float>(row.limit);
  const float inverse = largest > kSmallestRange ? limit / largest : 0.0F;
  *row.scale = {largest / limit, 0, 0.0F};
  for (std::size_t i = 0; i < row.k; ++i)
    out[i] = static_cast<std::int16_t>(std::lrintf(row.x[i] * inverse));
}

void prepare_uint8(const GemmRow& row) {
  auto* out = static_cast<std::uint8_t*>(row.out);
  std::fill(out, out + row.padded_k, std::uint8_t{0});
  if (!finite_row(row)) return;
  float lowest = 0.0F;
  float highest = 0.0F;
  float squares = 0.0F;
  for (std::size_t i = 0; i < row.k; ++i) {
    squares += row.x[i] * row.x[i];
    lowest = std::min(lowest, row.x[i]);
    highest = std::max(highest, row.x[i]);
  }
  const auto limit = static_cast<float>(row.limit);
  const float range = highest - lowest;
  const float inverse = range > kSmallestRange ? limit / range : 0.0F;
  const auto zero = static_cast<std::int32_t>(std::lrintf(-lowest * inverse));
  *row.scale = {range / limit, zero, squares};
  for (std::size_t i = 0; i < row.k; ++i)
    out[i] = static_cast<std::uint8_t>(
        std::clamp<long>(std::lrintf(row.x[i] * inverse) + zero, 0, row.limit));
}

float activate(MatmulActivation activation, float x) {
  switch (activation) {
    case MatmulActivation::none:
      return x;
    case MatmulActivation::gelu_erf:
      return 0.5F * x * (1.0F + std::erf(x * 0.70710678F));
    case MatmulActivation::gelu_tanh:
      return 0.5F * x * (1.0F + std::tanh(0.79788456F * (x + 0.044715F * x * x * x)));
    case MatmulActivation::relu:
      return x < 0.0F ? 0.0F : x;
    case MatmulActivation::silu:
      return x / (1.0F + std::exp(-x));
  }
  return x;
}

void finish_scalar(const GemmFinish& f) {
  for (int r = 0; r < f.rows; ++r) {
    const float* tile = f.tile + static_cast<std::size_t>(r) * f.tile_stride;
    const std::size_t row = static_cast<std::size_t>(r) * f.ldy;
    for (std::size_t c = 0; c < f.columns; ++c) {
      float value = activate(f.activation, tile[c] + (f.bias == nullptr ? 0.0F : f.bias[c]));
      if (f.gated) value *= tile[f.up + c] + (f.bias_up == nullptr ? 0.0F : f.bias_up[c]);
      if (f.residual != nullptr) value += f.residual[row + c];
      f.y[row + c] = value;
    }
  }
}

using TileFunction = void (*)(const GemmTile&);
using PrepareFunction = void (*)(const GemmRow&);

constexpr TileFunction tile_for(ActivationFormat activations, WeightType weights) {
  switch (activations) {
    case ActivationFormat::fp32:
      return weights == WeightType::fp32 ? tile_scalar<float, float>
                                         : tile_scalar<float, std::uint16_t>;
    case ActivationFormat::bf16:
      return tile_scalar<std::uint16_t, std::uint16_t>;
    case ActivationFormat::int16:
      return tile_scalar<std::int16_t, std::int8_t>;
    case ActivationFormat::uint8:
      return tile_scalar<std::uint8_t, std::int8_t>;
  }
  return nullptr;
}

constexpr PrepareFunction prepare_for(ActivationFormat activations) {
  switch (activations) {
    case ActivationFormat::fp32:
      return nullptr;
    case ActivationFormat::bf16:
      return prepare_bf16;
    case ActivationFormat::int16:
      return prepare_int16;
    case ActivationFormat::uint8:
      return prepare_uint8;
  }
  return nullptr;
}

constexpr GemmKernel with_scalar_functions(GemmKernel kernel) {
  kernel.isa = Isa::scalar;
  kernel.prepare = prepare_for(kernel.activations);
  kernel.tile = tile_for(kernel.activations, kernel.weights);
  kernel.finish = finish_scalar;
  kernel.expand = nullptr;
  kernel.tile_expanded = nullptr;
  return kernel;
}

constexpr GemmKernel scalar_kernel(WeightType weights) {
  GemmKernel kernel{};
  kernel.isa = Isa::scalar;
  kernel.weights = weights;
  kernel.activations =
      weights == WeightType::int8 ? ActivationFormat::int16 : ActivationFormat::fp32;
  kernel.columns = 16;
  kernel.group = 1;
  kernel.k_multiple = 1;
  kernel.rows = 4;
  for (auto& panels : kernel.panels) panels = 1;
  kernel.weight_limit = 127;
  kernel.activation_limit = std::numeric_limits<std::int16_t>::max();
  return with_scalar_functions(kernel);
}

}  // namespace

GemmKernel reference_kernel(const GemmKernel& like) noexcept {
  return with_scalar_functions(like);
}

constinit const GemmKernel kGemmFp32Scalar = scalar_kernel(WeightType::fp32);
constinit const GemmKernel kGemmBf16Scalar = scalar_kernel(WeightType::bf16);
constinit const GemmKernel kGemmInt8Scalar = scalar_kernel(WeightType::int8);

}  // namespace kindred::kernels
