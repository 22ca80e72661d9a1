// The packed form of a weight matrix. Internal; tested by matmul_test.cc.
#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "kernels/gemm_isa.h"

namespace kindred::kernels {

struct FreeDeleter {
  void operator()(void* p) const noexcept { std::free(p); }
};

/// `size` bytes on a cache line's boundary; throws ErrorKind::exhausted.
std::unique_ptr<std::byte[], FreeDeleter> aligned_bytes(std::size_t size);

struct PackedMatrix::Impl {
  std::size_t n = 0;
  std::size_t k = 0;
  bool gated = false;
  const GemmKernel* kernel = nullptr;
  std::int32_t activation_limit = 0;

  std::size_t panels = 0;
  std::size_t padded_k = 0;
  std::size_t panel_bytes = 0;
  std::unique_ptr<std::byte[], FreeDeleter> weights;
  /// int8, in packed order (panels · columns): a weight is scale · q.
  std::vector<float> column_scales;
  std::vector<std::int32_t> column_sums;  ///< Σ q over k, for activations with a zero point

  std::size_t outputs() const noexcept { return gated ? n / 2 : n; }
  /// Columns of y that one panel gives.
  std::size_t panel_outputs() const noexcept {
    return static_cast<std::size_t>(kernel->columns) / (gated ? 2 : 1);
  }
};

/// `PackedMatrix::pack` for a kernel that need not be of this machine.
std::unique_ptr<PackedMatrix::Impl> pack_for(
    const GemmKernel& kernel, std::size_t n, std::size_t k, bool gated,
    const std::function<void(std::size_t row, float* out)>& read_row);

/// `matmul` for such weights.
void multiply_packed(const float* x, std::size_t m, std::size_t ldx, const PackedMatrix::Impl& w,
                     const Epilogue& epilogue, float* y, std::size_t ldy, ThreadPool& pool);

}  // namespace kindred::kernels
