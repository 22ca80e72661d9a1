#include "io/ggml_blocks.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/gguf.h"
#include "io/safetensors.h"

namespace kindred::io {
namespace {

std::string golden(const std::string& name) {
  return std::string(KINDRED_TEST_DATA) + "/golden/gguf/" + name;
}

// The golden values are those of the `gguf` package (tests/reference/make_gguf_quants.py).
class GgmlBlocks : public testing::TestWithParam<const char*> {};

TEST_P(GgmlBlocks, ExpandToTheReferencesBits) {
  const Gguf file = Gguf::open(golden("quants.gguf"));
  const Safetensors goldens = Safetensors::open(golden("quants.safetensors"));
  const TensorView tensor = file.tensor(GetParam());
  const TensorView& expected = goldens.at(GetParam());
  ASSERT_EQ(tensor.shape, expected.shape);
  const std::vector<float> values = tensor.to_floats();
  ASSERT_EQ(values.size() * sizeof(float), expected.bytes);
  EXPECT_EQ(std::memcmp(values.data(), expected.data, expected.bytes), 0);
  // Row by row, and rows of a slice: the same.
  const TensorView last = tensor.slice_rows(tensor.rows() - 1, 1);
  std::vector<float> row(tensor.columns());
  last.read_row(0, row.data());
  for (std::size_t c = 0; c < row.size(); ++c) {
    ASSERT_EQ(row[c], values[values.size() - row.size() + c]);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, GgmlBlocks,
                         testing::Values("blocks.q4_0", "blocks.q4_1", "blocks.q8_0", "blocks.q4_k",
                                         "blocks.q5_k", "blocks.q6_k", "blocks.q5_0", "blocks.q5_1",
                                         "blocks.q2_k", "blocks.q3_k", "blocks.iq4_nl",
                                         "blocks.iq4_xs", "plain.f32", "plain.f16", "plain.bf16"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

}  // namespace
}  // namespace kindred::io
