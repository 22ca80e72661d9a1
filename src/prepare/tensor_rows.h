// Rows of float32 as the bytes of a tensor's element type.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "io/half.h"
#include "io/tensor.h"

namespace kindred::prepare {

/// True of the element types that to_bytes writes.
inline bool is_writable_float(io::DType type) noexcept {
  return type == io::DType::f32 || type == io::DType::f16 || type == io::DType::bf16;
}

/// Rounds to nearest, ties to even; NaN stays NaN.
inline std::uint16_t float_to_bfloat16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

/// `bytes` becomes the row. Errors: exhausted for a finite value that the type cannot hold, naming
/// the tensor.
inline void to_bytes(const std::vector<float>& row, const io::TensorView& tensor,
                     std::vector<std::byte>& bytes) {
  if (tensor.dtype == io::DType::f32) {
    bytes.resize(row.size() * sizeof(float));
    std::memcpy(bytes.data(), row.data(), bytes.size());
    return;
  }
  bytes.resize(row.size() * sizeof(std::uint16_t));
  const bool half = tensor.dtype == io::DType::f16;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::uint16_t value = half ? io::float_to_half(row[i]) : float_to_bfloat16(row[i]);
    const std::uint16_t exponent = half ? 0x7c00 : 0x7f80;
    if ((value & exponent) == exponent)
      fail(ErrorKind::exhausted,
           "tensor \"{}\" gets a value of {}, which {} cannot hold; convert the first model to "
           "float32 before",
           tensor.name, row[i], io::to_string(tensor.dtype));
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
}

}  // namespace kindred::prepare
