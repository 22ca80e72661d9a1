#include "kernels/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kindred::kernels {
namespace {

// Two sequences of three and two tokens and an empty one, two dimensions.
const std::vector<float> kTokens = {1, -1, 2, -2, 6, 3, 10, 20, 30, 60};
const std::vector<std::uint32_t> kOffsets = {0, 3, 5, 5};

std::vector<float> pool(Pooling pooling, std::vector<std::uint32_t> excluded = {},
                        std::vector<float> weights = {}) {
  PoolingInput in;
  in.tokens = kTokens.data();
  in.dimensions = 2;
  in.offsets = kOffsets;
  in.excluded = excluded;
  in.weights = weights;
  std::vector<float> out(3 * 3, -5.0F);  // a stride of 3: concatenated poolings
  pool_rows(in, pooling, out.data(), 3);
  EXPECT_EQ(out[2], -5.0F);
  EXPECT_EQ(out[6], 0.0F);
  EXPECT_EQ(out[7], 0.0F);
  return {out[0], out[1], out[3], out[4]};
}

using Values = std::vector<float>;

TEST(Pooling, EveryMode) {
  EXPECT_EQ(pool(Pooling::cls), (Values{1, -1, 10, 20}));
  EXPECT_EQ(pool(Pooling::last), (Values{6, 3, 30, 60}));
  EXPECT_EQ(pool(Pooling::max), (Values{6, 3, 30, 60}));
  EXPECT_EQ(pool(Pooling::mean), (Values{3, 0, 20, 40}));
  const float s3 = std::sqrt(3.0F), s2 = std::sqrt(2.0F);
  EXPECT_EQ(pool(Pooling::sqrt), (Values{9 / s3, 0, 40 / s2, 80 / s2}));
  EXPECT_EQ(pool(Pooling::weighted),
            (Values{23.0F / 6.0F, 4.0F / 6.0F, 70.0F / 3.0F, 140.0F / 3.0F}));
  EXPECT_EQ(pool(Pooling::given, {}, {0, 1, 1, 3, 1}), (Values{4, 0.5F, 15, 30}));
}

TEST(Pooling, ExcludedPromptTokens) {
  EXPECT_EQ(pool(Pooling::mean, {1, 0, 0}), (Values{4, 0.5F, 20, 40}));
  EXPECT_EQ(pool(Pooling::cls, {1, 0, 0}), (Values{2, -2, 10, 20}));
  EXPECT_EQ(pool(Pooling::last, {1, 1, 0}), (Values{6, 3, 30, 60}));
  // A token keeps the weight of its place in the whole sequence.
  EXPECT_EQ(pool(Pooling::weighted, {2, 1, 0}), (Values{6, 3, 30, 60}));
  EXPECT_EQ(pool(Pooling::weighted, {1, 0, 0})[0], 22.0F / 5.0F);
}

TEST(Pooling, NothingCounted) {
  EXPECT_EQ(pool(Pooling::mean, {3, 9, 0}), (Values{0, 0, 0, 0}));
  EXPECT_EQ(pool(Pooling::max, {3, 9, 0}), (Values{0, 0, 0, 0}));
  EXPECT_EQ(pool(Pooling::last, {3, 9, 0}), (Values{0, 0, 0, 0}));
  EXPECT_EQ(pool(Pooling::cls, {3, 9, 0}), (Values{1, -1, 10, 20}));
  EXPECT_EQ(pool(Pooling::given, {}, {0, 0, 0, 0, 0}), (Values{0, 0, 0, 0}));
}

}  // namespace
}  // namespace kindred::kernels
