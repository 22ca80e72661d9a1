#include "static_vectors/parameters.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

TEST(Parameters, RowsStartCacheLinesAndAreZero) {
  Parameters p(3, 20);
  EXPECT_EQ(p.width(), 32U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p.row(i)) % 64, 0U);
    for (std::size_t k = 0; k < p.width(); ++k) EXPECT_EQ(p.row(i)[k], 0.0F);
  }
}

TEST(Parameters, UniformWithinBoundsAndTheSameForASeed) {
  Parameters a(50, 20), b(50, 20);
  a.fill_uniform(0.25F, Random(7));
  b.fill_uniform(0.25F, Random(7));
  double sum = 0.0, most = 0.0;
  for (std::size_t i = 0; i < 50; ++i)
    for (std::size_t k = 0; k < a.width(); ++k) {
      ASSERT_EQ(a.row(i)[k], b.row(i)[k]);
      if (k >= 20) {
        ASSERT_EQ(a.row(i)[k], 0.0F);
      }
      sum += a.row(i)[k];
      most = std::max(most, static_cast<double>(std::abs(a.row(i)[k])));
    }
  EXPECT_LT(most, 0.25);
  EXPECT_GT(most, 0.24);
  EXPECT_NEAR(sum / 1000, 0.0, 0.02);
}

TEST(Parameters, RefusesWhatNoMemoryHolds) {
  EXPECT_THROW(Parameters(~std::size_t{0} / 8, 1000), Error);
}

}  // namespace
}  // namespace kindred::static_vectors
