// Splits a product into parts for the threads and into tiles for the kernel.
#include "kernels/matmul.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "kernels/pack.h"

namespace kindred::kernels {
namespace {

// Rows that stay in a core's second-level cache while all panels pass over them.
constexpr std::size_t kRowBlockBytes = 192 << 10;
// Below so many multiplications a second thread costs more than it gives.
constexpr std::size_t kSerialWork = 1 << 16;
// Above so many values, rows are prepared by all threads.
constexpr std::size_t kSerialPrepare = 1 << 15;
constexpr std::size_t kPartsPerThread = 4;
constexpr std::size_t kTileFloats = 4096;
// A row whose range is more than so many times its root mean square loses too much of its ordinary
// values in eight bits. At 20, one row in 40 of MiniLM's and one in 3 of SmolLM2's is multiplied
// twice; the lowest cosine of a text to its fp32 vector rises from 0.993 to 0.995 and from 0.86 to
// 0.97.
constexpr float kOutlierRange = 20.0F;

std::size_t divide_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

/// Scratch of one thread, grown as needed and kept.
class Scratch {
 public:
  std::byte* get(std::size_t size) {
    if (size > size_) {
      bytes_ = aligned_bytes(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[], FreeDeleter> bytes_;
  std::size_t size_ = 0;
};

/// Rows of activations as the kernel wants them.
struct Rows {
  const std::byte* x;
  std::size_t stride;
  const RowScale* scales;

  Rows from(std::size_t row) const {
    return {x + row * stride, stride, scales == nullptr ? nullptr : scales + row};
  }
};

struct Range {
  std::size_t begin, end;
};

class Product {
 public:
  Product(const float* x, std::size_t m, std::size_t ldx, const PackedMatrix::Impl& w,
          const Epilogue& epilogue, float* y, std::size_t ldy)
      : x_(x), m_(m), ldx_(ldx), w_(w), kernel_(*w.kernel), epilogue_(epilogue), y_(y), ldy_(ldy) {}

  void run(ThreadPool& pool) {
    const auto threads = static_cast<std::size_t>(pool.threads());
    const auto tile_rows = static_cast<std::size_t>(kernel_.rows);
    const std::size_t row_bytes = std::max<std::size_t>(w_.padded_k * value_bytes(), 1);
    block_rows_ = std::max(kRowBlockBytes / row_bytes / tile_rows, std::size_t{2}) * tile_rows;
    const bool serial = threads == 1 || m_ * w_.n * w_.k < kSerialWork;
    const std::size_t wanted = serial ? 1 : threads * kPartsPerThread;
    const std::size_t blocks = divide_up(m_, block_rows_);
    // Even blocks: a short last one would leave a thread waiting.
    block_rows_ = divide_up(divide_up(m_, blocks), tile_rows) * tile_rows;
    const std::size_t chunks = std::clamp<std::size_t>(divide_up(wanted, blocks), 1, w_.panels);
    const std::size_t row_blocks = divide_up(m_, block_rows_);

    if (chunks > 1) prepare_all(pool);
    const auto part = [&](std::size_t index) {
      const std::size_t block = index / chunks;
      const std::size_t chunk = index % chunks;
      const Range rows{block * block_rows_, std::min(m_, (block + 1) * block_rows_)};
      const Range panels{chunk * w_.panels / chunks, (chunk + 1) * w_.panels / chunks};
      multiply(rows, panels);
    };
    if (serial) {
      for (std::size_t i = 0; i < row_blocks * chunks; ++i) part(i);
    } else {
      pool.run(row_blocks * chunks, [&part](std::size_t index, int) { part(index); });
    }
  }

 private:
  std::size_t value_bytes() const {
    switch (kernel_.activations) {
      case ActivationFormat::fp32:
        return 4;
      case ActivationFormat::bf16:
      case ActivationFormat::int16:
        return 2;
      case ActivationFormat::uint8:
        return 1;
    }
    return 0;
  }

  /// Prepares a range of rows into scratch that holds `Rows` of it: first the scales, then values.
  Rows layout(std::byte* scratch, std::size_t rows) const {
    const std::size_t scales = divide_up(rows * sizeof(RowScale), 64) * 64;
    return {scratch + scales, row_stride(), reinterpret_cast<RowScale*>(scratch)};
  }
  std::size_t row_stride() const { return divide_up(w_.padded_k * value_bytes(), 64) * 64; }
  std::size_t scratch_bytes(std::size_t rows) const {
    return divide_up(rows * sizeof(RowScale), 64) * 64 + rows * row_stride();
  }

  void prepare(const Rows& to, Range rows) const {
    for (std::size_t r = rows.begin; r < rows.end; ++r)
      prepare_row(x_ + r * ldx_, to, r - rows.begin);
  }

  void prepare_row(const float* x, const Rows& to, std::size_t i) const {
    kernel_.prepare({.x = x,
                     .k = w_.k,
                     .padded_k = w_.padded_k,
                     .limit = w_.activation_limit,
                     .out = const_cast<std::byte*>(to.x) + i * to.stride,
                     .scale = const_cast<RowScale*>(to.scales) + i});
  }

  void prepare_all(ThreadPool& pool) {
    if (kernel_.prepare == nullptr) return;
    thread_local Scratch scratch;
    prepared_ = layout(scratch.get(scratch_bytes(m_)), m_);
    const std::size_t parts =
        m_ * w_.k < kSerialPrepare ? 1 : std::min(m_, static_cast<std::size_t>(pool.threads()) * 2);
    pool.run(parts, [&](std::size_t part, int) {
      const Range rows{part * m_ / parts, (part + 1) * m_ / parts};
      prepare(prepared_.from(rows.begin), rows);
    });
  }

  Rows rows_of(Range rows) const {
    if (kernel_.prepare == nullptr)
      return {reinterpret_cast<const std::byte*>(x_ + rows.begin * ldx_), ldx_ * sizeof(float),
              nullptr};
    if (prepared_.x != nullptr) return prepared_.from(rows.begin);
    thread_local Scratch scratch;
    const std::size_t count = rows.end - rows.begin;
    const Rows to = layout(scratch.get(scratch_bytes(count)), count);
    prepare(to, rows);
    return to;
  }

  void multiply(Range rows, Range panels) const {
    const Rows x = rows_of(rows);
    const std::size_t count = rows.end - rows.begin;
    const std::size_t tiles = divide_up(count, static_cast<std::size_t>(kernel_.rows));
    // All tiles have `least` or `least + 1` rows.
    const std::size_t least = count / tiles;
    const std::size_t larger = count % tiles;
    const bool expanded =
        kernel_.expand != nullptr && count >= static_cast<std::size_t>(kernel_.expand_from);
    std::byte* buffer = nullptr;
    if (expanded) {
      thread_local Scratch scratch;
      buffer = scratch.get(w_.padded_k * kernel_.expanded_bytes);
    }
    const auto most =
        static_cast<std::size_t>(expanded ? 1 : kernel_.panels[least + (larger > 0 ? 1 : 0)]);
    for (std::size_t panel = panels.begin; panel < panels.end;) {
      const std::size_t at_once = std::min(most, panels.end - panel);
      const std::byte* weights = w_.weights.get() + panel * w_.panel_bytes;
      if (expanded) kernel_.expand(weights, w_.k, buffer);
      for (std::size_t t = 0, row = 0; t < tiles; ++t) {
        const std::size_t tile_rows = least + (t < larger ? 1 : 0);
        tile(x.from(row), rows.begin + row, tile_rows, panel, at_once, expanded ? buffer : weights,
             expanded);
        row += tile_rows;
      }
      panel += at_once;
    }
    if (kernel_.activations == ActivationFormat::uint8 && !epilogue_.gated &&
        epilogue_.activation == MatmulActivation::none)
      add_residuals(x, rows, panels);
  }

  /// What eight bits left of the rows with outliers (a few tokens of a decoder have values a
  /// thousand times the others), quantised and multiplied once more, is added to their products.
  void add_residuals(const Rows& x, Range rows, Range panels) const {
    thread_local std::vector<std::size_t> found;
    found.clear();
    for (std::size_t r = rows.begin; r < rows.end; ++r)
      if (has_outliers(x.scales[r - rows.begin])) found.push_back(r);
    if (found.empty()) return;
    thread_local Scratch scratch;
    const Rows residuals = layout(scratch.get(scratch_bytes(found.size())), found.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      prepare_residual(x.from(found[i] - rows.begin), x_ + found[i] * ldx_, residuals, i);

    const Epilogue add{.residual = y_};
    const auto tile_rows = static_cast<std::size_t>(kernel_.rows);
    for (std::size_t panel = panels.begin; panel < panels.end; ++panel) {
      for (std::size_t i = 0; i < found.size(); i += tile_rows) {
        alignas(64) float out[kTileFloats];
        const std::size_t count = std::min(tile_rows, found.size() - i);
        const std::size_t stride = product(residuals.from(i), count, panel, 1,
                                           w_.weights.get() + panel * w_.panel_bytes, false, out);
        for (std::size_t r = 0; r < count; ++r)
          finish(out + r * stride, stride, found[i + r], 1, panel * w_.panel_outputs(), add);
      }
    }
  }

  bool has_outliers(const RowScale& row) const {
    const float range = row.scale * static_cast<float>(w_.activation_limit);
    return range * range * static_cast<float>(w_.k) > kOutlierRange * kOutlierRange * row.squares;
  }

  void prepare_residual(const Rows& row, const float* x, const Rows& to, std::size_t i) const {
    thread_local std::vector<float> residual;
    residual.resize(w_.k);
    const auto* q = reinterpret_cast<const std::uint8_t*>(row.x);
    for (std::size_t j = 0; j < w_.k; ++j)
      residual[j] = x[j] - row.scales->scale * static_cast<float>(q[j] - row.scales->zero);
    prepare_row(residual.data(), to, i);
  }

  void tile(const Rows& x, std::size_t row, std::size_t rows, std::size_t panel, std::size_t panels,
            const std::byte* weights, bool expanded) const {
    alignas(64) float out[kTileFloats];
    const std::size_t stride = product(x, rows, panel, panels, weights, expanded, out);
    for (std::size_t p = 0; p < panels; ++p)
      finish(out + p * static_cast<std::size_t>(kernel_.columns), stride, row, rows,
             (panel + p) * w_.panel_outputs(), epilogue_);
  }

  /// The plain products of a tile; returns the row stride of `out`.
  std::size_t product(const Rows& x, std::size_t rows, std::size_t panel, std::size_t panels,
                      const std::byte* weights, bool expanded, float* out) const {
    const auto columns = static_cast<std::size_t>(kernel_.columns);
    const GemmTile job{
        .kernel = &kernel_,
        .x = x.x,
        .x_stride = x.stride,
        .row_scales = x.scales,
        .weights = weights,
        .panel_stride = w_.panel_bytes,
        .column_scales = w_.column_scales.data() + (w_.column_scales.empty() ? 0 : panel * columns),
        .column_sums = w_.column_sums.data() + (w_.column_sums.empty() ? 0 : panel * columns),
        .k = w_.k,
        .out = out,
        .out_stride = panels * columns,
        .rows = static_cast<int>(rows),
        .panels = static_cast<int>(panels)};
    (expanded ? kernel_.tile_expanded : kernel_.tile)(job);
    return job.out_stride;
  }

  void finish(const float* tile, std::size_t tile_stride, std::size_t row, std::size_t rows,
              std::size_t column, const Epilogue& e) const {
    const std::size_t offset = row * ldy_ + column;
    kernel_.finish(
        {.tile = tile,
         .tile_stride = tile_stride,
         .rows = static_cast<int>(rows),
         .columns = std::min(w_.panel_outputs(), w_.outputs() - column),
         .up = w_.panel_outputs(),
         .bias = e.bias == nullptr ? nullptr : e.bias + column,
         .bias_up = e.gated && e.bias != nullptr ? e.bias + w_.outputs() + column : nullptr,
         .residual = e.residual == nullptr ? nullptr : e.residual + offset,
         .y = y_ + offset,
         .ldy = ldy_,
         .activation = e.activation,
         .gated = e.gated});
  }

  const float* x_;
  std::size_t m_, ldx_;
  const PackedMatrix::Impl& w_;
  const GemmKernel& kernel_;
  const Epilogue& epilogue_;
  float* y_;
  std::size_t ldy_;
  std::size_t block_rows_ = 0;
  Rows prepared_{nullptr, 0, nullptr};
};

}  // namespace

const GemmKernel& gemm_kernel(Isa isa, WeightType weights) noexcept {
  static const GemmKernel* const kKernels[][3] = {
      {&kGemmFp32Scalar, &kGemmBf16Scalar, &kGemmInt8Scalar},
      {&kGemmFp32Avx2, &kGemmBf16Avx2, &kGemmInt8Avx2},
      {&kGemmFp32Avx512, &kGemmBf16Avx512, &kGemmInt8Avx512},
      {&kGemmFp32Avx512, &kGemmBf16Avx512Bf16, &kGemmInt8Avx512},
      {&kGemmFp32Avx512, &kGemmBf16Amx, &kGemmInt8Amx}};
  return *kKernels[static_cast<std::size_t>(isa)][static_cast<std::size_t>(weights)];
}

void multiply_packed(const float* x, std::size_t m, std::size_t ldx, const PackedMatrix::Impl& w,
                     const Epilogue& epilogue, float* y, std::size_t ldy, ThreadPool& pool) {
  require(can_run(w.kernel->isa), "weights packed for an instruction set that is not here");
  require(epilogue.gated == w.gated, "gated weights and epilogue differ");
  if (m == 0 || w.outputs() == 0) return;
  Product(x, m, ldx, w, epilogue, y, ldy).run(pool);
}

void matmul(const float* x, std::size_t m, std::size_t ldx, const PackedMatrix& w,
            const Epilogue& epilogue, float* y, std::size_t ldy, ThreadPool& pool) {
  multiply_packed(x, m, ldx, w.impl(), epilogue, y, ldy, pool);
}

}  // namespace kindred::kernels
