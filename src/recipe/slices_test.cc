#include "recipe/slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace kindred::recipe {
namespace {

using testing::ElementsAre;

TEST(Slices, ArePiecesOfConsecutiveEventsOfEveryLengthAndPlace) {
  Random random(3);
  std::map<std::string, int> seen;
  for (int i = 0; i < 3000; ++i) {
    for (const auto slice : draw_slices("a b  c d", {.count = 2, .least = 2, .most = 3}, random))
      ++seen[std::string(slice)];
  }
  // Lengths alike, and then beginnings: 1/2 · 1/3 and 1/2 · 1/2.
  ASSERT_EQ(seen.size(), 5U);
  for (const char* two : {"a b", "b  c", "c d"}) EXPECT_NEAR(seen[two], 1000, 120) << two;
  for (const char* three : {"a b  c", "b  c d"}) EXPECT_NEAR(seen[three], 1500, 150) << three;
}

TEST(Slices, ShortSequencesAreTheirOwnSlices) {
  Random random(3);
  EXPECT_THAT(draw_slices("one", {.count = 3, .least = 2}, random),
              ElementsAre("one", "one", "one"));
  EXPECT_THAT(draw_slices("", {.count = 1, .least = 1}, random), ElementsAre(""));
  EXPECT_THAT(draw_slices("a; b", {.separator = "; ", .count = 1, .least = 2}, random),
              ElementsAre("a; b"));
}

}  // namespace
}  // namespace kindred::recipe
