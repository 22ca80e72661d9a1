#include "encode/marked_text.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::encode {
namespace {

TEST(MarkedText, SpanCountsCharacters) {
  const MarkedText m = parse_marked("我吃了一个[[苹果]]。");
  EXPECT_EQ(m.text, "我吃了一个苹果。");
  EXPECT_EQ(m.word, "苹果");
  EXPECT_EQ(*m.span, (CharSpan{5, 7}));
  EXPECT_FALSE(parse_marked("no mark").span.has_value());
}

TEST(MarkedText, RefusesWrongMarks) {
  for (const char* text : {"[[a", "[[]] x", "[[a]] and [[b]]"})
    EXPECT_THROW((void)parse_marked(text), Error) << text;
}

TEST(MarkedText, WordVectorIsTheMeanOfItsTokens) {
  TokenVectors t;
  t.dimensions = 1;
  t.ids = {1, 2, 3, 4, 5};
  t.offsets = {{0, 0}, {0, 2}, {2, 4}, {4, 7}, {0, 0}};
  t.tokens = {"<s>", "a", "b", "c", "</s>"};
  t.special = {1, 0, 0, 0, 1};
  t.values = {100.0F, 1.0F, 2.0F, 4.0F, 100.0F};
  EXPECT_FLOAT_EQ(word_vector(t, {2, 6})[0], 3.0F);
  EXPECT_FLOAT_EQ(word_vector(t, {0, 1})[0], 1.0F);
  EXPECT_THROW((void)word_vector(t, {7, 9}), Error);
  t.tokens[1] = "\u2581";
  EXPECT_FLOAT_EQ(word_vector(t, {0, 4})[0], 2.0F);
}

}  // namespace
}  // namespace kindred::encode
