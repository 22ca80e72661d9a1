#include "prepare/hash_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace kindred::prepare {
namespace {

TEST(HashSet, HoldsWhatAStandardSetHolds) {
  HashSet hashes;
  std::set<std::uint64_t> expected;
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t hash = random.below(8000) * 0x9e3779b97f4a7c15U;  // 0 among them
    EXPECT_EQ(hashes.contains(hash), expected.contains(hash));
    EXPECT_EQ(hashes.insert(hash), expected.insert(hash).second);
  }
  EXPECT_EQ(hashes.size(), expected.size());
}

TEST(HashSet, AnEmptyOneHoldsNothing) {
  EXPECT_FALSE(HashSet().contains(0));
  EXPECT_FALSE(HashSet().contains(7));
}

}  // namespace
}  // namespace kindred::prepare
