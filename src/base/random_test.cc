#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace kindred {
namespace {

// An independent implementation of splitmix64 and xoshiro256** gives these.
TEST(Random, KnownNumbers) {
  Random random(1234567);
  EXPECT_EQ(random(), 3504822795582309479U);
  EXPECT_EQ(random(), 1819558768956484042U);
  EXPECT_EQ(random(), 1250851346055027673U);
  EXPECT_EQ(random(), 16940231675099994102U);
}

TEST(Random, StreamsDependOnSeedAndNumberAlone) {
  Random random(5);
  Random early = random.split(3);
  random();
  Random late = random.split(3);
  Random other = random.split(4);
  EXPECT_EQ(early(), late());
  EXPECT_NE(early(), other());
}

TEST(Random, BelowIsInRangeAndEven) {
  Random random(1);
  EXPECT_EQ(random.below(0), 0U);
  EXPECT_EQ(random.below(1), 0U);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Random, UniformAndNormal) {
  Random random(2);
  double sum = 0;
  double normal_sum = 0;
  double squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    const double normal = random.normal();
    ASSERT_TRUE(std::isfinite(normal));
    normal_sum += normal;
    squares += normal * normal;
  }
  EXPECT_NEAR(sum / 1e5, 0.5, 0.01);
  EXPECT_NEAR(normal_sum / 1e5, 0, 0.02);
  EXPECT_NEAR(squares / 1e5, 1, 0.03);
}

TEST(Random, ShufflesEverything) {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  std::vector<int> shuffled = values;
  Random(3).shuffle(std::span(shuffled));
  EXPECT_NE(shuffled, values);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, values);
}

}  // namespace
}  // namespace kindred
