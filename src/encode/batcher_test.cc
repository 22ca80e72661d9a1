#include "encode/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace kindred::encode {
namespace {

std::size_t tokens_of(const std::vector<std::uint32_t>& batch,
                      const std::vector<std::uint32_t>& lengths) {
  std::size_t sum = 0;
  for (const std::uint32_t i : batch) sum += lengths[i];
  return sum;
}

TEST(Batcher, EveryIndexOnceWithinTheBudget) {
  std::mt19937 random(1);
  for (const int threads : {1, 2, 7}) {
    std::vector<std::uint32_t> lengths(997);
    for (std::uint32_t& length : lengths) length = random() % 70;
    lengths[5] = 3000;  // longer than the budget: alone
    const BatchPlan plan = plan_batches(lengths, 512, threads);
    std::vector<int> seen(lengths.size());
    for (const auto& batch : plan.batches) {
      ASSERT_FALSE(batch.empty());
      for (const std::uint32_t i : batch) seen[i]++;
      EXPECT_TRUE(batch.size() == 1 || tokens_of(batch, lengths) <= 512U);
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(seen.size()));
    EXPECT_EQ(plan.batches.front().size(), 1U);
    EXPECT_EQ(plan.batches.front().front(), 5U);
    EXPECT_EQ(plan.split_inside, threads == 1);
  }
}

TEST(Batcher, SmallWorkIsSplitInside) {
  EXPECT_TRUE(plan_batches(std::vector<std::uint32_t>{8}, 512, 4).split_inside);
  EXPECT_TRUE(plan_batches(std::vector<std::uint32_t>{8, 9, 8, 9}, 512, 4).split_inside);
  EXPECT_TRUE(plan_batches(std::vector<std::uint32_t>{500}, 512, 4).split_inside);
}

TEST(Batcher, BulkWorkGivesEveryThreadSeveralBatches) {
  const std::vector<std::uint32_t> lengths(200, 20);
  const BatchPlan plan = plan_batches(lengths, 4096, 4);
  EXPECT_FALSE(plan.split_inside);
  EXPECT_GE(plan.batches.size(), 12U);
}

TEST(Batcher, NothingIsAnEmptyPlan) {
  EXPECT_TRUE(plan_batches({}, 512, 2).batches.empty());
}

}  // namespace
}  // namespace kindred::encode
