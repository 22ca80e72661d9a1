#include "prepare/query_text.h"

#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

TEST(QueryText, FoldsCaseWidthAndBlanks) {
  EXPECT_EQ(normalize_query("  Red\t SHOES\n"), "red shoes");
  EXPECT_EQ(normalize_query("ＲＥＤ　Shoes"), "red shoes");
  EXPECT_EQ(normalize_query("STRASSE"), normalize_query("Straße"));
  EXPECT_EQ(normalize_query("Cafe\xCC\x81"), normalize_query("CAFÉ"));
  EXPECT_EQ(normalize_query("红色 鞋"), "红色 鞋");
  EXPECT_NE(normalize_query("resume"), normalize_query("résumé")) << "accents stay";
  EXPECT_EQ(normalize_query(" \t\xC2\xA0 "), "");
}

TEST(QueryText, TidyKeepsTheLetters) {
  EXPECT_EQ(tidy_query(" Red \r\n Shoes\x01 "), "Red Shoes");
}

}  // namespace
}  // namespace kindred::prepare
