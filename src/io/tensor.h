// A named, typed, shaped view of bytes in a mapped file. Tested by tensor_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

// clang-format off
/// Element types of safetensors and GGUF. Those from q4_0 on are blocks of GGML.
enum class DType {
  f64, f32, f16, bf16,
  i64, i32, i16, i8, u64, u32, u16, u8, boolean,
  q4_0, q4_1, q5_0, q5_1, q8_0, q2_k, q3_k, q4_k, q5_k, q6_k, iq4_nl, iq4_xs,
};
// clang-format on
constexpr std::size_t kDTypes = static_cast<std::size_t>(DType::iq4_xs) + 1;

std::string_view to_string(DType type) noexcept;  ///< "F32", "Q4_K", …

/// Elements a block holds (1 for plain types) and the bytes it takes.
struct BlockSize {
  std::size_t elements;
  std::size_t bytes;
};
BlockSize block_size(DType type) noexcept;

/// The product of `shape` (1 for a scalar). Nothing when it overflows.
std::optional<std::size_t> checked_elements(std::span<const std::size_t> shape) noexcept;

/// The bytes that a tensor takes. Nothing when the size overflows or the last dimension is not a
/// whole number of blocks.
std::optional<std::size_t> checked_bytes(DType type, std::span<const std::size_t> shape) noexcept;

class MappedFile;

/// Does not own its bytes: valid while the file that it came from stays mapped. Row-major, the
/// last dimension contiguous (GGUF's reversed order is already turned round).
struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::size_t> shape;
  const std::byte* data = nullptr;
  std::size_t bytes = 0;
  /// `rows()` factors, one a row, for `i8` matrices of Kindred's own quantised models; else null.
  const float* row_scales = nullptr;
  const MappedFile* file = nullptr;  ///< where the bytes are mapped; null for other memory

  bool empty() const noexcept { return data == nullptr; }
  std::size_t elements() const noexcept;
  /// All dimensions but the last multiplied; 1 for a vector.
  std::size_t rows() const noexcept;
  /// The last dimension.
  std::size_t columns() const noexcept;
  /// Rows [begin, begin + count) of a matrix, same columns. Errors: internal when out of range.
  TensorView slice_rows(std::size_t begin, std::size_t count) const;
  /// Row `row` as float32, `columns()` values; quantised blocks are expanded. Errors: unsupported
  /// for integer types.
  void read_row(std::size_t row, float* out) const;
  /// The whole tensor as float32.
  std::vector<float> to_floats() const;
  /// Tells the kernel that the tensor's mapped pages need not stay in memory (they are read again
  /// when touched); does nothing for tensors that are not mapped.
  void release_pages() const noexcept;
};

}  // namespace kindred::io
