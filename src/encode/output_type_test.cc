// Stored types against sentence-transformers' quantize_embeddings.
#include "encode/output_type.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/safetensors.h"
#include "kindred/error.h"

namespace kindred::encode {
namespace {

class OutputType : public testing::Test {
 protected:
  io::Safetensors file_ = io::Safetensors::open(std::string(KINDRED_TEST_DATA) +
                                                "/golden/vectors/variants.safetensors");
};

TEST(OutputTypes, ValuesTooLargeForFloat16AreRefusedWithTheirRow) {
  std::vector<float> values = {1.0F, 65504.0F, 2.0F, -65519.0F};
  std::vector<std::byte> out(8);
  EXPECT_NO_THROW(convert_rows(values, 2, io::VectorType::float16, nullptr, out.data()));
  values[3] = -65520.0F;
  try {
    convert_rows(values, 2, io::VectorType::float16, nullptr, out.data(), 40);
    FAIL() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    EXPECT_NE(std::string(error.what()).find("row 41 has the value -65520"), std::string::npos)
        << error.what();
  }
}

TEST_F(OutputType, BytesAndBitsOfTheReference) {
  for (const std::string name : {"st-dense", "st-dense-new"}) {
    const io::TensorView& plain = file_.at(name + "/plain");
    const std::vector<float> values = plain.to_floats();
    const std::size_t dimensions = plain.columns();
    Calibration calibration;
    calibration.observe(values, dimensions);
    std::vector<float> first16;
    for (std::size_t r = 0; r < plain.rows(); ++r)
      first16.insert(first16.end(), values.begin() + r * dimensions,
                     values.begin() + r * dimensions + 16);
    for (const std::string type : {"int8", "uint8", "binary", "ubinary"}) {
      const io::TensorView& expected = file_.at(name + "/" + type);
      const bool bits = type.ends_with("binary");
      std::vector<std::byte> out(expected.bytes);
      convert_rows(bits ? first16 : values, bits ? 16 : dimensions, io::parse_vector_type(type),
                   &calibration, out.data());
      EXPECT_EQ(std::memcmp(out.data(), expected.data, out.size()), 0) << name << " " << type;
    }
  }
}

TEST_F(OutputType, FloatsAndHalves) {
  const std::vector<float> values = {1.0F, -0.5F, 65504.0F, 0.0F};
  std::vector<std::byte> out(16);
  convert_rows(values, 2, io::VectorType::float32, nullptr, out.data());
  EXPECT_EQ(std::memcmp(out.data(), values.data(), 16), 0);
  const std::uint16_t halves[] = {0x3C00, 0xB800, 0x7BFF, 0};
  convert_rows(values, 2, io::VectorType::float16, nullptr, out.data());
  EXPECT_EQ(std::memcmp(out.data(), halves, 8), 0);
}

}  // namespace
}  // namespace kindred::encode
