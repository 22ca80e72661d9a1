#include "io/npy.h"

#include <cstring>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using Shape = std::vector<std::size_t>;

// Arrays written by NumPy (tests/reference/make_npy.py).
std::string golden(const std::string& name) {
  return std::string(KINDRED_TEST_DATA) + "/golden/npy/" + name + ".npy";
}

template <typename T>
std::vector<double> values_of(const std::string& name, DType type) {
  const NpyArray array = read_npy(golden(name));
  EXPECT_EQ(array.tensor.dtype, type) << name;
  EXPECT_EQ(array.tensor.shape, (Shape{2, 3})) << name;
  EXPECT_EQ(array.tensor.bytes, 6 * sizeof(T)) << name;
  std::vector<double> values;
  for (std::size_t i = 0; i < 6; ++i) {
    T value;
    std::memcpy(&value, array.tensor.data + i * sizeof(T), sizeof(T));
    values.push_back(static_cast<double>(value));
  }
  return values;
}

TEST(Npy, ReadsEveryTypeOfNumPy) {
  const std::vector<double> with_sign{-2, -1, 0, 1, 2, 3};
  const std::vector<double> without{0, 0, 0, 1, 2, 3};
  EXPECT_EQ(values_of<double>("f8", DType::f64), with_sign);
  EXPECT_EQ(values_of<float>("f4", DType::f32), with_sign);
  EXPECT_EQ(values_of<std::int64_t>("i8", DType::i64), with_sign);
  EXPECT_EQ(values_of<std::int32_t>("i4", DType::i32), with_sign);
  EXPECT_EQ(values_of<std::int16_t>("i2", DType::i16), with_sign);
  EXPECT_EQ(values_of<std::int8_t>("i1", DType::i8), with_sign);
  EXPECT_EQ(values_of<std::uint64_t>("u8", DType::u64), without);
  EXPECT_EQ(values_of<std::uint32_t>("u4", DType::u32), without);
  EXPECT_EQ(values_of<std::uint16_t>("u2", DType::u16), without);
  EXPECT_EQ(values_of<std::uint8_t>("u1", DType::u8), without);
  EXPECT_EQ(values_of<std::uint8_t>("bool", DType::boolean),
            (std::vector<double>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(read_npy(golden("f2")).tensor.to_floats(),
            std::vector<float>(with_sign.begin(), with_sign.end()));
}

TEST(Npy, ReadsEveryVersionAndShape) {
  for (const char* name : {"version1", "version2", "version3"}) {
    EXPECT_EQ(read_npy(golden(name)).tensor.to_floats(), (std::vector<float>{-2, -1, 0, 1, 2, 3}))
        << name;
  }
  EXPECT_EQ(read_npy(golden("vector")).tensor.shape, (Shape{4}));
  EXPECT_EQ(read_npy(golden("scalar")).tensor.to_floats(), (std::vector<float>{7}));
  EXPECT_EQ(read_npy(golden("empty")).tensor.shape, (Shape{0, 5}));
}

TEST(Npy, RefusesByName) {
  EXPECT_KINDRED_ERROR(read_npy(golden("fortran")), ErrorKind::unsupported, "Fortran order");
  EXPECT_KINDRED_ERROR(read_npy(golden("big_endian")), ErrorKind::unsupported, "'>f4'");
  EXPECT_KINDRED_ERROR(read_npy(golden("records")), ErrorKind::unsupported, "records");
  EXPECT_KINDRED_ERROR(read_npy(golden("objects")), ErrorKind::unsupported, "'|O'");
  EXPECT_KINDRED_ERROR(read_npy(golden("none")), ErrorKind::not_found, "none.npy");
}

TEST(Npy, WritesWhatNumPyWrites) {
  const TempDirectory directory;
  const std::vector<float> values{-2, -1, 0, 1, 2, 3};
  write_npy(directory.file("a.npy"), DType::f32, Shape{2, 3}, std::as_bytes(std::span(values)));
  EXPECT_EQ(read_text_file(directory.file("a.npy")), read_text_file(golden("f4")));
  write_npy(directory.file("v.npy"), DType::f32, Shape{6}, std::as_bytes(std::span(values)));
  EXPECT_EQ(read_npy(directory.file("v.npy")).tensor.shape, (Shape{6}));
  write_npy(directory.file("s.npy"), DType::f32, {}, std::as_bytes(std::span(values.data(), 1)));
  EXPECT_EQ(read_npy(directory.file("s.npy")).tensor.shape, Shape{});
  EXPECT_KINDRED_ERROR(npy_header(DType::bf16, Shape{1}), ErrorKind::unsupported, "BF16");
}

TEST(Npy, HeaderLengthDoesNotDependOnTheRows) {
  const std::size_t most = ~std::size_t{0};
  EXPECT_EQ(npy_header(DType::f32, Shape{0, 384}).size(),
            npy_header(DType::f32, Shape{most, 384}).size());
  EXPECT_EQ(npy_header(DType::i8, Shape{most, most, most}).size(),
            npy_header(DType::i8, Shape{1, 1, 1}).size());
  EXPECT_EQ(npy_header(DType::f32, Shape{0, 384}).size() % 64, 0U);
}

TEST(Npy, ChecksSizesAgainstTheFile) {
  const TempDirectory directory;
  const auto read = [&](const std::string& dictionary, std::size_t data) {
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(dictionary.size() & 255);
    text += static_cast<char>(dictionary.size() >> 8);
    return read_npy(directory.write("a.npy", text + dictionary + std::string(data, '\0')));
  };
  EXPECT_EQ(read("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<f4\"}\n", 8).tensor.shape,
            (Shape{2}));
  EXPECT_KINDRED_ERROR(read("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 15),
                       ErrorKind::corrupt, "holds 15 bytes of data where its shape needs 16");
  EXPECT_KINDRED_ERROR(read("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", 17),
                       ErrorKind::corrupt, "17 bytes");
  EXPECT_KINDRED_ERROR(
      read("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0),
      ErrorKind::corrupt, "overflows");
  EXPECT_KINDRED_ERROR(read("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 0),
                       ErrorKind::corrupt, "not a list of sizes");
  EXPECT_KINDRED_ERROR(read("{'descr': '<f4', 'shape': (1,), }", 4), ErrorKind::corrupt, "lacks");
  EXPECT_KINDRED_ERROR(read("{'descr': '<f4', 'x': (1,), }", 4), ErrorKind::corrupt, "unknown key");
  EXPECT_KINDRED_ERROR(
      read_npy(directory.write("b.npy", std::string("\x93NUMPY\x01\x00\xFF\xFF{", 11))),
      ErrorKind::corrupt, "claims more bytes");
  EXPECT_KINDRED_ERROR(read_npy(directory.write("c.npy", "hello world, no array")),
                       ErrorKind::corrupt, "does not begin");
}

}  // namespace
}  // namespace kindred::io
