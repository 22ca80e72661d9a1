#include "text/grapheme.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kindred::text {
namespace {

std::vector<std::string> clusters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = cluster_end(text, at);
    out.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

using List = std::vector<std::string>;

TEST(Grapheme, FollowsTheRules) {
  EXPECT_EQ(clusters("ab"), (List{"a", "b"}));
  EXPECT_EQ(clusters("\r\n\n"), (List{"\r\n", "\n"}));
  EXPECT_EQ(clusters("e\u0301x"), (List{"e\u0301", "x"}));
  EXPECT_EQ(clusters("\n\u0301"), (List{"\n", "\u0301"}));
  EXPECT_EQ(clusters("\u1100\u1161\u11a8\u1100"), (List{"\u1100\u1161\u11a8", "\u1100"}));
  EXPECT_EQ(clusters("\u0600a"), (List{"\u0600a"}));
  EXPECT_EQ(clusters("🇫🇷🇩🇪🇺"), (List{"🇫🇷", "🇩🇪", "🇺"}));
  EXPECT_EQ(clusters("👩\u200d👧a"), (List{"👩\u200d👧", "a"}));
  EXPECT_EQ(clusters("a\u200d👧"), (List{"a\u200d", "👧"}));
  EXPECT_EQ(clusters("क्षक"), (List{"क्ष", "क"}));
}

}  // namespace
}  // namespace kindred::text
