// y = x · Wᵀ with W packed once: the one matrix product of the encoder. Tested by matmul_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/cpu.h"
#include "base/thread_pool.h"

namespace kindred::kernels {

enum class WeightType { fp32, bf16, int8 };

enum class MatmulActivation { none, gelu_erf, gelu_tanh, relu, silu };

/// What is done with each product before it is stored: y = act(x·Wᵀ + bias) [+ residual].
struct Epilogue {
  const float* bias = nullptr;  ///< n values, or null
  MatmulActivation activation = MatmulActivation::none;
  const float* residual = nullptr;  ///< m × n, row stride `ldy`; may equal y
  /// Weights hold gate and up rows (see `PackedMatrix::pack`'s `gated`): y has n/2 columns,
  /// y = act(gate) * up.
  bool gated = false;
};

/// An [n, k] weight matrix in the layout of one instruction set.
///
/// int8: one scale an output channel (symmetric); activations are quantised a row (token) at the
/// time of the product, so that a row's result never depends on other rows.
///
/// Threads: immutable after `pack`.
class PackedMatrix {
 public:
  /// `read_row(r, out)` writes row r (k floats). `gated`: rows [0, n/2) are the gate, the rest up.
  static PackedMatrix pack(std::size_t n, std::size_t k, WeightType type, bool gated,
                           const std::function<void(std::size_t row, float* out)>& read_row,
                           Isa isa = best_isa());
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;
  ~PackedMatrix();

  std::size_t n() const noexcept;
  std::size_t k() const noexcept;
  WeightType type() const noexcept;
  Isa isa() const noexcept;
  std::size_t bytes() const noexcept;

  struct Impl;
  const Impl& impl() const noexcept { return *impl_; }

 private:
  explicit PackedMatrix(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

/// x: m × k with row stride ldx; y: m × n (n/2 when gated) with row stride ldy. Each output element
/// is summed over k in one fixed order, whatever m, its row and the threads are: bit-equal results.
/// Scratch is thread-local and kept between calls.
void matmul(const float* x, std::size_t m, std::size_t ldx, const PackedMatrix& w,
            const Epilogue& epilogue, float* y, std::size_t ldy, ThreadPool& pool);

}  // namespace kindred::kernels
