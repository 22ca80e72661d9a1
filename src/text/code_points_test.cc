#include "text/code_points.h"

#include <gtest/gtest.h>

namespace kindred::text {
namespace {

TEST(CodePoints, EncodesWhatItDecodes) {
  for (char32_t c : {0x0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff}) {
    std::string text;
    append(text, c);
    EXPECT_EQ(text.size(), encoded_bytes(c));
    EXPECT_EQ(decode(text, 0).value, c);
    EXPECT_EQ(decode(text, 0).bytes, text.size());
    EXPECT_EQ(decode_before("x" + text, text.size() + 1).value, c);
    EXPECT_EQ(valid_prefix(text), text.size());
  }
}

TEST(CodePoints, FindsWhereValidTextEnds) {
  EXPECT_EQ(valid_prefix(""), 0U);
  EXPECT_EQ(valid_prefix("0123456789abcdef\xff"), 16U);
  EXPECT_EQ(valid_prefix("ab\xe2\x82"), 2U);
  EXPECT_EQ(valid_prefix("\xed\xa0\x80"), 0U);      // a surrogate
  EXPECT_EQ(valid_prefix("\xc0\xaf"), 0U);          // overlong
  EXPECT_EQ(valid_prefix("\xf4\x90\x80\x80"), 0U);  // above U+10FFFF
}

TEST(CodePoints, ReplacesEachMaximalIllFormedSequence) {
  const auto repaired = [](std::string_view text) {
    std::string out;
    append_repaired(text, out);
    return out;
  };
  EXPECT_EQ(repaired("héllo"), "héllo");
  EXPECT_EQ(repaired("a\xff"
                     "b"),
            "a\ufffdb");
  EXPECT_EQ(repaired("\xe2\x82"), "\ufffd");
  EXPECT_EQ(repaired("\xf0\x9f\x98x"), "\ufffdx");
  EXPECT_EQ(repaired("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(repaired("\xe2\x28\xa1"), "\ufffd(\ufffd");
}

}  // namespace
}  // namespace kindred::text
