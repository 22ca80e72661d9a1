#include "base/printable.h"

#include <gtest/gtest.h>

namespace kindred {
namespace {

TEST(Printable, LeavesText) {
  for (const char* text :
       {"", "plain", "zapatillas niño", "红色跑鞋", "👟", "a\\n", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[31mred"), "a\\x1b[31mred");
  EXPECT_EQ(printable("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31m"),
            "a\\u{9b}31m");
  EXPECT_EQ(printable("a\u202E"
                      "b\u2028\u2066\uFEFF"),
            "a\\u{202e}b\\u{2028}\\u{2066}\\u{feff}");
  EXPECT_EQ(printable("a\nb\x1b", "\n\t"), "a\nb\\x1b");
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a\\xffb");
  EXPECT_EQ(printable("\xC3"), "\\xc3");
  EXPECT_EQ(printable("\xC0\x80"), "\\xc0\\x80");  // longer than needed
  EXPECT_EQ(printable("\xE0\x80\x80"), "\\xe0\\x80\\x80");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xE7\xBA", "\xBA"), "\\xe7\\xba");
}

}  // namespace
}  // namespace kindred
