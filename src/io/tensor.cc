#include "io/tensor.h"

#include <cstring>

#include "base/error.h"
#include "io/ggml_blocks.h"
#include "io/half.h"
#include "io/mapped_file.h"

namespace kindred::io {
namespace {

struct TypeFacts {
  std::string_view name;
  BlockSize block;
};

// In the order of DType.
constexpr TypeFacts kTypes[] = {
    {"F64", {1, 8}},        {"F32", {1, 4}},      {"F16", {1, 2}},      {"BF16", {1, 2}},
    {"I64", {1, 8}},        {"I32", {1, 4}},      {"I16", {1, 2}},      {"I8", {1, 1}},
    {"U64", {1, 8}},        {"U32", {1, 4}},      {"U16", {1, 2}},      {"U8", {1, 1}},
    {"BOOL", {1, 1}},       {"Q4_0", {32, 18}},   {"Q4_1", {32, 20}},   {"Q5_0", {32, 22}},
    {"Q5_1", {32, 24}},     {"Q8_0", {32, 34}},   {"Q2_K", {256, 84}},  {"Q3_K", {256, 110}},
    {"Q4_K", {256, 144}},   {"Q5_K", {256, 176}}, {"Q6_K", {256, 210}}, {"IQ4_NL", {32, 18}},
    {"IQ4_XS", {256, 136}},
};
static_assert(std::size(kTypes) == kDTypes);

const TypeFacts& facts(DType type) noexcept {
  return kTypes[static_cast<std::size_t>(type)];
}

// Reads `count` values at `in`, which may have any alignment.
void read_floats(DType type, const std::byte* in, std::size_t count, float* out) {
  switch (type) {
    case DType::f32:
      std::memcpy(out, in, count * sizeof(float));
      return;
    case DType::f16:
      return halves_to_floats(in, count, out);
    case DType::bf16:
      for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, in + 2 * i, 2);
        out[i] = bfloat16_to_float(bits);
      }
      return;
    case DType::f64:
      for (std::size_t i = 0; i < count; ++i) {
        double value;
        std::memcpy(&value, in + 8 * i, 8);
        out[i] = static_cast<float>(value);
      }
      return;
    default:
      return expand_blocks(type, in, count / block_size(type).elements, out);
  }
}

void scale_row(const std::byte* in, float scale, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(static_cast<std::int8_t>(in[i])) * scale;
  }
}

void require_floats(const TensorView& tensor) {
  if (tensor.dtype == DType::i8 && tensor.row_scales != nullptr) return;
  if (tensor.dtype >= DType::i64 && tensor.dtype <= DType::boolean) {
    fail(ErrorKind::unsupported, "tensor {} holds {} where floats are needed", tensor.name,
         to_string(tensor.dtype));
  }
}

}  // namespace

std::string_view to_string(DType type) noexcept {
  return facts(type).name;
}

BlockSize block_size(DType type) noexcept {
  return facts(type).block;
}

std::optional<std::size_t> checked_elements(std::span<const std::size_t> shape) noexcept {
  std::size_t product = 1;
  for (const std::size_t dimension : shape) {
    if (__builtin_mul_overflow(product, dimension, &product)) return std::nullopt;
  }
  return product;
}

std::optional<std::size_t> checked_bytes(DType type, std::span<const std::size_t> shape) noexcept {
  const BlockSize block = block_size(type);
  const auto elements = checked_elements(shape);
  if (!elements) return std::nullopt;
  if (block.elements > 1 && (shape.empty() || shape.back() % block.elements != 0)) {
    return std::nullopt;
  }
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(*elements / block.elements, block.bytes, &bytes)) return std::nullopt;
  return bytes;
}

std::size_t TensorView::elements() const noexcept {
  std::size_t product = 1;
  for (const std::size_t dimension : shape) product *= dimension;
  return product;
}

std::size_t TensorView::rows() const noexcept {
  std::size_t product = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) product *= shape[i];
  return product;
}

std::size_t TensorView::columns() const noexcept {
  return shape.empty() ? 1 : shape.back();
}

TensorView TensorView::slice_rows(std::size_t begin, std::size_t count) const {
  require(shape.size() == 2, "slice_rows: not a matrix");
  require(begin <= shape[0] && count <= shape[0] - begin, "slice_rows: out of range");
  const std::size_t row_bytes = shape[0] == 0 ? 0 : bytes / shape[0];
  TensorView slice = *this;
  slice.shape[0] = count;
  slice.data = data + begin * row_bytes;
  slice.bytes = count * row_bytes;
  if (row_scales != nullptr) slice.row_scales = row_scales + begin;
  return slice;
}

void TensorView::read_row(std::size_t row, float* out) const {
  require(row < rows(), "read_row: out of range");
  require_floats(*this);
  const BlockSize block = block_size(dtype);
  const std::size_t row_bytes = columns() / block.elements * block.bytes;
  if (row_scales != nullptr) {
    return scale_row(data + row * row_bytes, row_scales[row], columns(), out);
  }
  read_floats(dtype, data + row * row_bytes, columns(), out);
}

std::vector<float> TensorView::to_floats() const {
  require_floats(*this);
  std::vector<float> values(elements());
  if (values.empty()) return values;
  if (row_scales != nullptr) {
    for (std::size_t row = 0; row < rows(); ++row) read_row(row, values.data() + row * columns());
  } else {
    read_floats(dtype, data, values.size(), values.data());
  }
  return values;
}

void TensorView::release_pages() const noexcept {
  if (file != nullptr && bytes > 0) {
    file->release(static_cast<std::size_t>(data - file->data()), bytes);
  }
}

}  // namespace kindred::io
