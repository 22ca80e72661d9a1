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
      ++seen[std::string(slice.text)];
  }
  // Lengths alike, and then beginnings: 1/2 · 1/3 and 1/2 · 1/2.
  ASSERT_EQ(seen.size(), 5U);
  for (const char* two : {"a b", "b  c", "c d"}) EXPECT_NEAR(seen[two], 1000, 120) << two;
  for (const char* three : {"a b  c", "b  c d"}) EXPECT_NEAR(seen[three], 1500, 150) << three;
}

TEST(Slices, KnowWhatCameNext) {
  Random random(3);
  const std::map<std::string, std::string> next = {
      {"a b", "c"}, {"b  c", "d"}, {"c d", ""}, {"a b  c", "d"}, {"b  c d", ""}};
  for (int i = 0; i < 100; ++i)
    for (const Slice& slice : draw_slices("a b  c d", {.count = 2, .least = 2, .most = 3}, random))
      EXPECT_EQ(slice.following, next.at(std::string(slice.text))) << slice.text;
}

TEST(Slices, ShortSequencesAreTheirOwnSlices) {
  Random random(3);
  const auto texts = [&](std::string_view sequence, const SliceOptions& options) {
    std::vector<std::string> result;
    for (const Slice& slice : draw_slices(sequence, options, random)) {
      result.emplace_back(slice.text);
      EXPECT_EQ(slice.following, "");
    }
    return result;
  };
  EXPECT_THAT(texts("one", {.count = 3, .least = 2}), ElementsAre("one", "one", "one"));
  EXPECT_THAT(texts("", {.count = 1, .least = 1}), ElementsAre(""));
  EXPECT_THAT(texts("a; b", {.separator = "; ", .count = 1, .least = 2}), ElementsAre("a; b"));
}

}  // namespace
}  // namespace kindred::recipe
