// What an instruction set gives to the matrix product: a tile of it, in one packed layout.
// Internal; used by matmul.cc and pack.cc, filled in by gemm_*.cc. Plain data only: this header is
// compiled for every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/matmul.h"

namespace kindred::kernels {

/// How a kernel wants its activations: as they are, or prepared a row at a time.
enum class ActivationFormat : std::uint8_t { fp32, bf16, int16, uint8 };

struct GemmKernel;

/// A row whose range is below it is quantised to zeros: a scale must not overflow.
inline constexpr float kSmallestRange = 1e-30F;

/// x ≈ scale · (q - zero), for all values of one row.
struct RowScale {
  float scale;
  std::int32_t zero;
  float squares;  ///< Σ x²
};

/// One row of activations to be prepared.
struct GemmRow {
  const float* x;
  std::size_t k;         ///< values
  std::size_t padded_k;  ///< values to be written, the last ones 0
  std::int32_t limit;    ///< largest |q| (int16) or q (uint8)
  void* out;
  RowScale* scale;  ///< written when the format is an integer
};

/// rows × (panels · kernel.columns) products over the whole of k, as floats. Padded columns give 0.
struct GemmTile {
  const GemmKernel* kernel;
  const std::byte* x;    ///< first row, in the kernel's activation format
  std::size_t x_stride;  ///< bytes
  const RowScale* row_scales;
  const std::byte* weights;    ///< first panel
  std::size_t panel_stride;    ///< bytes from one panel to the next
  const float* column_scales;  ///< integers: of the first panel's columns
  const std::int32_t* column_sums;
  std::size_t k;  ///< not padded
  float* out;
  std::size_t out_stride;  ///< floats
  int rows;                ///< 1 … kernel.rows
  int panels;              ///< 1 … kernel.panels[rows]
};

/// The epilogue of a tile of one panel.
struct GemmFinish {
  const float* tile;
  std::size_t tile_stride;
  int rows;
  std::size_t columns;   ///< of y, not padded
  std::size_t up;        ///< gated: where in a tile's row the up columns start
  const float* bias;     ///< of the first column, or null
  const float* bias_up;  ///< gated, or null
  const float* residual;
  float* y;
  std::size_t ldy;
  MatmulActivation activation;
  bool gated;
};

/// The layout: weights stand in panels of `columns` columns, padded with zeros. A panel holds k in
/// groups of `group` values: value k of column c lies at ((k / group) · columns + c) · group +
/// k % group; k is padded with zeros to a multiple of `k_multiple`.
struct GemmKernel {
  Isa isa;
  WeightType weights;
  ActivationFormat activations;
  int columns;
  int group;
  int k_multiple;
  int rows;                       ///< most rows of a tile
  std::uint8_t panels[33];        ///< most panels of a tile of so many rows
  std::int32_t weight_limit;      ///< int8: largest |q| of a weight
  std::int32_t activation_limit;  ///< integers: largest |q| or q; may be lowered for a large k
  /// int8, or 0: of each `lane_step` values of k, those with the same (k / 2) % 2 are summed in 16
  /// bits. A column's positive weights among them sum to lane_limit at most, its negative likewise.
  int lane_step;
  std::int32_t lane_limit;

  void (*prepare)(const GemmRow& row);  ///< null for fp32 activations
  void (*tile)(const GemmTile& tile);
  void (*finish)(const GemmFinish& finish);

  /// Or null. Unpacks a panel to a form that `tile_expanded` reads faster; pays from
  /// `expand_from` rows on. The bits of the result do not differ.
  void (*expand)(const std::byte* panel, std::size_t k, std::byte* out);
  void (*tile_expanded)(const GemmTile& tile);
  std::size_t expanded_bytes;  ///< a value of k (of all columns)
  int expand_from;
};

/// The kernel of an instruction set for a kind of weights, proven or not.
const GemmKernel& gemm_kernel(Isa isa, WeightType weights) noexcept;

/// The best kernel for a kind of weights, of `isa` at most, that gave what the reference gives.
const GemmKernel& proven_gemm_kernel(Isa isa, WeightType weights);

/// `like`'s layout and integer arithmetic in portable C++: what tests compare with.
GemmKernel reference_kernel(const GemmKernel& like) noexcept;

extern const GemmKernel kGemmFp32Scalar;
extern const GemmKernel kGemmBf16Scalar;
extern const GemmKernel kGemmInt8Scalar;
extern const GemmKernel kGemmFp32Avx2;
extern const GemmKernel kGemmBf16Avx2;
extern const GemmKernel kGemmInt8Avx2;
extern const GemmKernel kGemmFp32Avx512;
extern const GemmKernel kGemmBf16Avx512;
extern const GemmKernel kGemmInt8Avx512;
extern const GemmKernel kGemmBf16Avx512Bf16;
extern const GemmKernel kGemmBf16Amx;
extern const GemmKernel kGemmInt8Amx;

}  // namespace kindred::kernels
