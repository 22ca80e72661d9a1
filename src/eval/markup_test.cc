#include "eval/markup.h"

#include <gtest/gtest.h>

namespace kindred::eval {
namespace {

using namespace std::string_literals;

TEST(Markup, NothingOfATextIsMarkup) {
  EXPECT_EQ(escape_markup("<script>alert('x')</script> & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;");
  EXPECT_EQ(escape_markup("防水 é عربى 🙂\t\r\n"), "防水 é عربى 🙂\t\r\n");
  EXPECT_EQ(escape_markup("]]>"), "]]&gt;");
}

TEST(Markup, WhatXmlForbidsIsReplaced) {
  EXPECT_EQ(escape_markup("a\0b\x01\x1B"s), "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(escape_markup("\uFFFE\uFFFF"), "\uFFFD\uFFFD");
  EXPECT_EQ(escape_markup("a\xFFz\xC3"), "a\uFFFDz\uFFFD");        // no UTF-8
  EXPECT_EQ(escape_markup("\xC0\xBC"), "\uFFFD\uFFFD");            // < in two bytes
  EXPECT_EQ(escape_markup("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(escape_markup("\xF4\x90\x80\x80").size(), 4 * 3U);     // beyond Unicode
}

TEST(Markup, MarkdownsSignsAreNone) {
  EXPECT_EQ(escape_markdown("a|b *c* _d_ `e` [f](g) <h> #1 \\"),
            "a\\|b \\*c\\* \\_d\\_ \\`e\\` \\[f\\](g) &lt;h\\> \\#1 \\\\");
  EXPECT_EQ(escape_markdown("two\nlines\r\n\x01\xFF"), "two lines   \uFFFD");
}

TEST(Markup, TextsHaveTheirWidth) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("防水"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("カメラ한국🙂"), 12U);
  EXPECT_EQ(display_width("\xFF\xFE"), 2U);
}

TEST(Markup, LongTextsAreShortened) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcde…");
  EXPECT_EQ(shortened("防水背包大", 6), "防水…");
  EXPECT_EQ(shortened("防水背", 6), "防水背");
  EXPECT_EQ(shortened("abc", 1), "…");
}

}  // namespace
}  // namespace kindred::eval
