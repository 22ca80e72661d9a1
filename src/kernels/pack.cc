// Weights into panels.
#include "kernels/pack.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace kindred::kernels {
namespace {

constexpr std::size_t kCacheLine = 64;

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::size_t checked_product(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    fail(ErrorKind::exhausted, "a weight matrix of {} x {} bytes does not fit in memory", a, b);
  return product;
}

/// Round to nearest even; NaN stays NaN.
std::uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (x != x) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

std::int32_t quantized(float x, float inverse, std::int32_t limit) {
  const auto most = static_cast<float>(limit);
  return static_cast<std::int32_t>(std::nearbyint(std::clamp(x * inverse, -most, most)));
}

/// Clipping the largest weights for a finer step was measured to lose more than it gains.
/// 0 for a row of zeros, NaN if a weight is not finite.
float channel_scale(const float* row, std::size_t k, std::int32_t limit) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < k; ++i) {
    if (!std::isfinite(row[i])) return std::numeric_limits<float>::quiet_NaN();
    largest = std::max(largest, std::fabs(row[i]));
  }
  return largest > kSmallestRange ? largest / static_cast<float>(limit) : 0.0F;
}

/// The largest sum of weights of one sign that meet in a 16-bit lane (see GemmKernel::lane_step).
template <typename T, typename F>
T largest_lane_sum(std::size_t k, int lane_step, const F& weight) {
  T largest{};
  const auto step = static_cast<std::size_t>(lane_step);
  for (std::size_t begin = 0; begin < k; begin += step) {
    T sums[2][2] = {};  // lane, sign
    for (std::size_t i = begin; i < std::min(k, begin + step); ++i) {
      const T w = weight(i);
      sums[i / 2 % 2][w < T{}] += w < T{} ? -w : w;
    }
    for (const auto& lane : sums) largest = std::max({largest, lane[0], lane[1]});
  }
  return largest;
}

/// The smallest scale at which no lane overflows, at least `scale`.
float widened_for_lanes(float scale, const float* row, std::size_t k, const GemmKernel& kernel) {
  const auto limit = static_cast<float>(kernel.lane_limit);
  const float sum =
      largest_lane_sum<float>(k, kernel.lane_step, [&](std::size_t i) { return row[i]; });
  scale = std::max(scale, sum / limit);
  // Rounding may still carry a lane over.
  const auto overflows = [&] {
    const float inverse = 1.0F / scale;
    return largest_lane_sum<std::int32_t>(k, kernel.lane_step, [&](std::size_t i) {
             return quantized(row[i], inverse, kernel.weight_limit);
           }) > kernel.lane_limit;
  };
  while (overflows()) scale *= 1.01F;
  return scale;
}

/// Places the rows of W, one after another, into panels.
class Packer {
 public:
  explicit Packer(PackedMatrix::Impl& impl) : impl_(impl), kernel_(*impl.kernel) {}

  void place(const float* row, std::size_t panel, std::size_t column) {
    std::byte* base = impl_.weights.get() + panel * impl_.panel_bytes;
    switch (kernel_.weights) {
      case WeightType::fp32:
        scatter(base, column, [&](std::size_t i) { return row[i]; });
        break;
      case WeightType::bf16:
        scatter(base, column, [&](std::size_t i) { return to_bf16(row[i]); });
        break;
      case WeightType::int8:
        place_int8(row, base, panel, column);
        break;
    }
  }

 private:
  template <typename F>
  void scatter(std::byte* base, std::size_t column, const F& value) {
    using T = decltype(value(0));
    const auto group = static_cast<std::size_t>(kernel_.group);
    const auto columns = static_cast<std::size_t>(kernel_.columns);
    T* out = reinterpret_cast<T*>(base);
    for (std::size_t i = 0; i < impl_.k; ++i)
      out[((i / group) * columns + column) * group + i % group] = value(i);
  }

  void place_int8(const float* row, std::byte* base, std::size_t panel, std::size_t column) {
    float scale = channel_scale(row, impl_.k, kernel_.weight_limit);
    if (kernel_.lane_step != 0 && scale > 0.0F)
      scale = widened_for_lanes(scale, row, impl_.k, kernel_);
    const float inverse = scale > 0.0F ? 1.0F / scale : 0.0F;
    std::int32_t sum = 0;
    scatter(base, column, [&](std::size_t i) {
      // A channel that is not finite keeps zeros: its scale, NaN, says all.
      const auto value = static_cast<std::int8_t>(
          inverse > 0.0F ? quantized(row[i], inverse, kernel_.weight_limit) : 0);
      sum += value;
      return value;
    });
    const std::size_t packed = panel * static_cast<std::size_t>(kernel_.columns) + column;
    impl_.column_scales[packed] = scale;
    impl_.column_sums[packed] = sum;
  }

  PackedMatrix::Impl& impl_;
  const GemmKernel& kernel_;
};

std::size_t weight_bytes(WeightType type) {
  switch (type) {
    case WeightType::fp32:
      return sizeof(float);
    case WeightType::bf16:
      return sizeof(std::uint16_t);
    case WeightType::int8:
      return sizeof(std::int8_t);
  }
  return 0;
}

}  // namespace

std::unique_ptr<std::byte[], FreeDeleter> aligned_bytes(std::size_t size) {
  void* p = std::aligned_alloc(kCacheLine, round_up(std::max(size, kCacheLine), kCacheLine));
  if (p == nullptr) fail(ErrorKind::exhausted, "no memory for {} bytes of a matrix product", size);
  return std::unique_ptr<std::byte[], FreeDeleter>(static_cast<std::byte*>(p));
}

std::unique_ptr<PackedMatrix::Impl> pack_for(
    const GemmKernel& kernel, std::size_t n, std::size_t k, bool gated,
    const std::function<void(std::size_t row, float* out)>& read_row) {
  require(!gated || n % 2 == 0, "a gated matrix has an odd number of rows");
  auto impl = std::make_unique<PackedMatrix::Impl>();
  impl->n = n;
  impl->k = k;
  impl->gated = gated;
  impl->kernel = &kernel;
  impl->activation_limit = kernel.activation_limit;
  if (kernel.activations == ActivationFormat::int16) {
    // A sum of k products must stay within 32 bits.
    const std::size_t most =
        std::numeric_limits<std::int32_t>::max() /
        (static_cast<std::size_t>(kernel.weight_limit) * std::max<std::size_t>(k, 1));
    impl->activation_limit = static_cast<std::int32_t>(
        std::min(most, static_cast<std::size_t>(kernel.activation_limit)));
  }
  impl->padded_k = round_up(k, static_cast<std::size_t>(kernel.k_multiple));
  const auto columns = static_cast<std::size_t>(kernel.columns);
  const std::size_t outputs = impl->outputs();
  const std::size_t per_panel = impl->panel_outputs();
  impl->panels = round_up(outputs, per_panel) / per_panel;
  impl->panel_bytes =
      checked_product(checked_product(impl->padded_k, columns), weight_bytes(kernel.weights));
  const std::size_t bytes = checked_product(impl->panels, impl->panel_bytes);
  impl->weights = aligned_bytes(bytes);
  if (outputs % per_panel != 0 || impl->padded_k != k) std::memset(impl->weights.get(), 0, bytes);
  if (kernel.weights == WeightType::int8) {
    impl->column_scales.assign(impl->panels * columns, 0.0F);
    impl->column_sums.assign(impl->panels * columns, 0);
  }

  Packer packer(*impl);
  std::vector<float> row(k);
  for (std::size_t r = 0; r < n; ++r) {
    read_row(r, row.data());
    const bool up = gated && r >= outputs;
    const std::size_t output = up ? r - outputs : r;
    packer.place(row.data(), output / per_panel, output % per_panel + (up ? per_panel : 0));
  }
  return impl;
}

PackedMatrix::PackedMatrix(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;
PackedMatrix::~PackedMatrix() = default;

PackedMatrix PackedMatrix::pack(std::size_t n, std::size_t k, WeightType type, bool gated,
                                const std::function<void(std::size_t row, float* out)>& read_row,
                                Isa isa) {
  return PackedMatrix(pack_for(proven_gemm_kernel(isa, type), n, k, gated, read_row));
}

std::size_t PackedMatrix::n() const noexcept {
  return impl_->n;
}
std::size_t PackedMatrix::k() const noexcept {
  return impl_->k;
}
WeightType PackedMatrix::type() const noexcept {
  return impl_->kernel->weights;
}
Isa PackedMatrix::isa() const noexcept {
  return impl_->kernel->isa;
}

std::size_t PackedMatrix::bytes() const noexcept {
  return sizeof(Impl) + impl_->panels * impl_->panel_bytes +
         impl_->column_scales.capacity() * sizeof(float) +
         impl_->column_sums.capacity() * sizeof(std::int32_t);
}

}  // namespace kindred::kernels
