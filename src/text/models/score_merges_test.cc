#include "text/models/score_merges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(MergesFromScores, BestScoresFirstThenLongerLeftParts) {
  const std::vector<std::string_view> pieces = {"a", "b", "ab", "ba", "aba", "\u00e9", "a\u00e9"};
  const std::vector<float> scores = {-9, -9, -2, -1, -2, -9, -1};
  const std::vector<bool> all(pieces.size(), true);
  EXPECT_THAT(merges_from_scores(pieces, scores, all),
              ElementsAre(Pair("b", "a"), Pair("a", "\u00e9"), Pair("ab", "a"), Pair("a", "ba"),
                          Pair("a", "b")));
}

TEST(MergesFromScores, LeavesOutWhatTakesNoPart) {
  const std::vector<std::string_view> pieces = {"a", "b", "ab"};
  const std::vector<float> scores = {0, 0, 0};
  EXPECT_THAT(merges_from_scores(pieces, scores, {false, true, true}), IsEmpty());
  EXPECT_THAT(merges_from_scores(pieces, scores, {true, true, false}), IsEmpty());
  EXPECT_THAT(merges_from_scores({}, {}, {}), IsEmpty());
}

}  // namespace
}  // namespace kindred::text
