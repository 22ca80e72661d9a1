#include "kernels/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kindred::kernels {
namespace {

const std::vector<float> kFrequencies = {1.0F, 0.1F};

TEST(Rope, TurnsHalvesOfEachHead) {
  const RopeTable table = RopeTable::make(kFrequencies, 1.0F, 8);
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};  // two heads of 5, the fifth not turned
  rope(table, 3, RopePairs::halves, x.data(), 2, 5);
  for (const std::size_t h : {0, 1}) {
    const double a = 1.0 + 5.0 * static_cast<double>(h);
    EXPECT_NEAR(x[h * 5], a * std::cos(3.0) - (a + 2) * std::sin(3.0), 1e-5);
    EXPECT_NEAR(x[h * 5 + 2], (a + 2) * std::cos(3.0) + a * std::sin(3.0), 1e-5);
    EXPECT_NEAR(x[h * 5 + 1], (a + 1) * std::cos(0.3) - (a + 3) * std::sin(0.3), 1e-5);
    EXPECT_EQ(x[h * 5 + 4], a + 4);
  }
}

TEST(Rope, InterleavedIsHalvesOfPermutedHeads) {
  const RopeTable table = RopeTable::make(kFrequencies, 1.5F, 6);
  std::vector<float> halves = {1, 2, 3, 4}, pairs = {1, 3, 2, 4};
  rope(table, 5, RopePairs::halves, halves.data(), 1, 4);
  rope(table, 5, RopePairs::interleaved, pairs.data(), 1, 4);
  EXPECT_EQ(pairs, (std::vector<float>{halves[0], halves[2], halves[1], halves[3]}));
}

TEST(Rope, PositionZeroOnlyScales) {
  const RopeTable table = RopeTable::make(kFrequencies, 2.0F, 1);
  std::vector<float> x = {1, 2, 3, 4};
  rope(table, 0, RopePairs::halves, x.data(), 1, 4);
  EXPECT_EQ(x, (std::vector<float>{2, 4, 6, 8}));
}

}  // namespace
}  // namespace kindred::kernels
