#include "static_vectors/alias_table.h"

#include <gtest/gtest.h>

namespace kindred::static_vectors {
namespace {

TEST(AliasTable, DrawsByTheWeights) {
  const std::vector<double> weights = {0.0, 5.0, 1.0, 0.5, 3.5};
  const AliasTable table(weights);
  Random random(3);
  constexpr int kDraws = 200'000;
  std::vector<int> seen(weights.size());
  for (int i = 0; i < kDraws; ++i) ++seen[table.draw(random)];
  EXPECT_EQ(seen[0], 0);
  for (std::size_t i = 1; i < weights.size(); ++i)
    EXPECT_NEAR(seen[i] / static_cast<double>(kDraws), weights[i] / 10.0, 0.005) << i;
}

TEST(AliasTable, OneWeightIsAlwaysDrawn) {
  const AliasTable table(std::vector<double>{0.0, 2.0});
  Random random(1);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(table.draw(random), 1U);
}

}  // namespace
}  // namespace kindred::static_vectors
