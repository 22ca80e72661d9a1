#include "base/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kindred {
namespace {

TEST(Correlation, TiesAndConstants) {
  const std::vector<double> x = {1, 2, 2, 3}, y = {1, 3, 2, 3}, flat = {5, 5, 5, 5};
  EXPECT_NEAR(spearman(x, y), 0.8333333333333334, 1e-12);  // scipy.stats.spearmanr
  EXPECT_NEAR(pearson(x, y), 0.8528028654224418, 1e-12);
  EXPECT_TRUE(std::isnan(spearman(x, flat)));
  EXPECT_TRUE(std::isnan(pearson(std::vector<double>{1}, std::vector<double>{2})));
}

}  // namespace
}  // namespace kindred
