#include "io/tensor.h"

#include <cstring>
#include <limits>

#include "io/expect_error.h"

namespace kindred::io {
namespace {

constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max() / 2;

template <typename T>
TensorView view(const std::vector<T>& values, DType type, std::vector<std::size_t> shape) {
  TensorView tensor;
  tensor.name = "t";
  tensor.dtype = type;
  tensor.shape = std::move(shape);
  tensor.data = reinterpret_cast<const std::byte*>(values.data());
  tensor.bytes = values.size() * sizeof(T);
  return tensor;
}

TEST(Tensor, SizesAreCheckedForOverflow) {
  using Shape = std::vector<std::size_t>;
  EXPECT_EQ(checked_elements(Shape{}), 1U);
  EXPECT_EQ(checked_elements(Shape{3, 4}), 12U);
  EXPECT_EQ(checked_elements(Shape{kHuge, 3}), std::nullopt);
  EXPECT_EQ(checked_bytes(DType::f32, Shape{3, 4}), 48U);
  EXPECT_EQ(checked_bytes(DType::f32, Shape{kHuge}), std::nullopt);
  EXPECT_EQ(checked_bytes(DType::f32, Shape{0, 4}), 0U);
  EXPECT_EQ(checked_bytes(DType::q8_0, Shape{2, 64}), 136U);
  EXPECT_EQ(checked_bytes(DType::q8_0, Shape{64, 2}), std::nullopt);  // a row is no whole block
  EXPECT_EQ(checked_bytes(DType::q8_0, Shape{}), std::nullopt);
}

TEST(Tensor, TypesHaveNamesAndSizes) {
  EXPECT_EQ(to_string(DType::f64), "F64");
  EXPECT_EQ(to_string(DType::boolean), "BOOL");
  EXPECT_EQ(to_string(DType::q6_k), "Q6_K");
  EXPECT_EQ(block_size(DType::u16).bytes, 2U);
  EXPECT_EQ(block_size(DType::q4_k).elements, 256U);
}

TEST(Tensor, RowsAndColumns) {
  const std::vector<float> values(24);
  EXPECT_EQ(view(values, DType::f32, {2, 3, 4}).rows(), 6U);
  EXPECT_EQ(view(values, DType::f32, {2, 3, 4}).columns(), 4U);
  EXPECT_EQ(view(values, DType::f32, {24}).rows(), 1U);
  EXPECT_EQ(view(values, DType::f32, {24}).columns(), 24U);
  EXPECT_EQ(view(values, DType::f32, {}).elements(), 1U);
  EXPECT_TRUE(TensorView().empty());
}

TEST(Tensor, SlicesAndReadsRows) {
  const std::vector<double> values{0, 1, 2, 3, 4, 5};
  const TensorView tensor = view(values, DType::f64, {3, 2});
  const TensorView slice = tensor.slice_rows(1, 2);
  EXPECT_EQ(slice.shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(slice.bytes, 32U);
  EXPECT_EQ(slice.to_floats(), (std::vector<float>{2, 3, 4, 5}));
  float row[2];
  slice.read_row(1, row);
  EXPECT_EQ(row[1], 5);
  EXPECT_EQ(tensor.slice_rows(3, 0).bytes, 0U);
  EXPECT_KINDRED_ERROR(tensor.slice_rows(2, 2), ErrorKind::internal, "out of range");
  EXPECT_KINDRED_ERROR(slice.read_row(2, row), ErrorKind::internal, "out of range");
}

TEST(Tensor, IntegersAreNotFloats) {
  const std::vector<std::int64_t> values{1, 2};
  const TensorView tensor = view(values, DType::i64, {2});
  float row[2];
  EXPECT_KINDRED_ERROR(tensor.to_floats(), ErrorKind::unsupported, "tensor t holds I64");
  EXPECT_KINDRED_ERROR(tensor.read_row(0, row), ErrorKind::unsupported, "I64");
}

TEST(Tensor, ReleasingMemoryThatIsNotMappedDoesNothing) {
  const std::vector<float> values(4096, 1.0F);
  view(values, DType::f32, {4096}).release_pages();
  EXPECT_EQ(values[0], 1.0F);
  EXPECT_EQ(values[4095], 1.0F);
}

}  // namespace
}  // namespace kindred::io
