#include "kernels/quantize.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "kindred/error.h"

namespace kindred::kernels {
namespace {

// Three vectors of ten dimensions and the values that sentence_transformers 6.2's
// quantize_embeddings gives for them with these ranges; dimension 3 has an empty range.
const std::vector<float> kVectors = {
    1.624F,  -0.612F, -0.528F, -1.073F, 0.865F, -2.302F, 1.745F,  -0.761F, 0.319F,  -0.249F,
    1.462F,  -2.06F,  0.0F,    -0.384F, 1.134F, -1.1F,   -0.172F, -0.878F, 0.042F,  0.583F,
    -1.101F, 1.145F,  0.902F,  0.502F,  0.901F, -0.684F, -0.123F, -0.936F, -0.268F, 0.53F};
const ValueRanges kRanges = {
    {-0.88079995F, -1.648F, -0.4224F, 0.25F, 0.69200003F, -1.8416001F, -0.1376F, -0.7488F,
     -0.21440001F, -0.1992F},
    {1.4616F, 1.0304999F, 0.8118F, 0.25F, 1.0206F, -0.6156F, 1.5705F, -0.6849F, 0.2871F, 0.5247F}};

TEST(Quantize, EightBits) {
  std::vector<std::uint8_t> u(30);
  quantize_uint8(kVectors.data(), 3, 10, kRanges, u.data());
  EXPECT_EQ(u, (std::vector<std::uint8_t>{255, 98,  0,   0, 134, 0,   255, 0, 255, 0,
                                          255, 0,   87,  0, 255, 154, 0,   0, 130, 255,
                                          0,   255, 255, 0, 162, 240, 2,   0, 0,   255}));
  std::vector<std::int8_t> i(30);
  quantize_int8(kVectors.data(), 3, 10, kRanges, i.data());
  EXPECT_EQ(i,
            (std::vector<std::int8_t>{127,  -30,  -128, -128, 6,   -128, 127,  -128, 127,  -128,
                                      127,  -128, -41,  -128, 127, 26,   -128, -128, 2,    127,
                                      -128, 127,  127,  -128, 34,  112,  -126, -128, -128, 127}));
}

TEST(Quantize, Bits) {
  ASSERT_EQ(binary_bytes(10), 2U);
  std::vector<std::uint8_t> u(6);
  quantize_ubinary(kVectors.data(), 3, 10, u.data());
  EXPECT_EQ(u, (std::vector<std::uint8_t>{138, 128, 136, 192, 120, 64}));
  std::vector<std::int8_t> i(6);
  quantize_binary(kVectors.data(), 3, 10, i.data());
  EXPECT_EQ(i, (std::vector<std::int8_t>{10, 0, 8, 64, -8, -64}));
}

TEST(Quantize, RangesOfVectors) {
  const std::vector<float> x = {1, -2, 0, 5, 3, -4};
  const ValueRanges ranges = ValueRanges::of(x.data(), 3, 2);
  EXPECT_EQ(ranges.minimum, (std::vector<float>{0, -4}));
  EXPECT_EQ(ranges.maximum, (std::vector<float>{3, 5}));
  EXPECT_THROW(ValueRanges::of(nullptr, 0, 2), Error);
}

TEST(Quantize, NaNIsLowest) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::uint8_t u = 9;
  quantize_uint8(&nan, 1, 1, {{0.0F}, {1.0F}}, &u);
  EXPECT_EQ(u, 0);
}

TEST(Quantize, RefusesRangesOfOtherDimensions) {
  std::vector<std::uint8_t> u(30);
  EXPECT_THROW(quantize_uint8(kVectors.data(), 6, 5, kRanges, u.data()), Error);
}

}  // namespace
}  // namespace kindred::kernels
