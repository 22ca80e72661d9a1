#include "prepare/text_key.h"

#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

TEST(TextKey, WidthCaseBlanksAndPunctuationDoNotCount) {
  EXPECT_EQ(normalized_text("  Red\tSHOE, (size: 42)! "), "red shoe size 42");
  EXPECT_EQ(normalized_text("ＲＥＤ　ｓｈｏｅ"), "red shoe");
  EXPECT_EQ(normalized_text("红色，鞋子。"), normalized_text("红色 鞋子"));
  EXPECT_EQ(normalized_text("STRASSE"), normalized_text("straße"));
  EXPECT_EQ(normalized_text("caf\u0065\u0301"), normalized_text("CAFÉ"));
  EXPECT_EQ(normalized_text("soft\u00adware\u200b"), "software");
  EXPECT_EQ(normalized_text("½ in"), "1⁄2 in");
}

TEST(TextKey, SymbolsAndAccentsCount) {
  EXPECT_NE(normalized_text("C++"), normalized_text("C"));
  EXPECT_NE(normalized_text("ano"), normalized_text("año"));
  EXPECT_EQ(normalized_text("5 €"), "5 €");
}

TEST(TextKey, ATextOfPunctuationIsNotEmpty) {
  EXPECT_EQ(normalized_text("?!"), "?!");
  EXPECT_NE(normalized_text("?!"), normalized_text("..."));
  EXPECT_EQ(normalized_text(""), "");
}

TEST(TextKey, BrokenBytesAreReadAsReplacements) {
  EXPECT_EQ(normalized_text("a\xff"), normalized_text("a\uFFFD"));
}

TEST(TextKey, HashesTellTextsAndSeedsApart) {
  EXPECT_NE(hash_text("abcdefgh"), hash_text("abcdefgi"));
  EXPECT_NE(hash_text("abcdefgh"), hash_text(std::string_view("abcdefgh\0", 9)));
  EXPECT_NE(hash_text("a"), hash_text("a", 1));
  EXPECT_EQ(hash_text("a"), hash_text("a"));
}

}  // namespace
}  // namespace kindred::prepare
