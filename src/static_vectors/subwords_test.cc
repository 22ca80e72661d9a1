#include "static_vectors/subwords.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

std::vector<std::uint32_t> subwords(std::string_view word, const SubwordRules& rules) {
  std::vector<std::uint32_t> found;
  append_subwords(word, rules, found);
  return found;
}

// The values are those of fastText's Python binding (`get_subwords` of a model with these rules).
TEST(Subwords, CountsCharactersAndLeavesOutTheMarks) {
  EXPECT_EQ(subwords("ab", {1, 2, 100}).size(), 5U);    // <a a ab b b>
  EXPECT_EQ(subwords("苹果", {3, 6, 100}).size(), 3U);  // <苹果 <苹果> 苹果>
  EXPECT_EQ(subwords("", {3, 6, 100}).size(), 0U);
  EXPECT_EQ(subwords("</s>", {1, 6, 100}).size(), 0U);
}

TEST(Subwords, HashTakesBytesAsSigned) {
  EXPECT_EQ(fasttext_hash(""), 2166136261U);
  EXPECT_EQ(fasttext_hash("a"), 3826002220U);  // FNV-1a
  std::uint32_t h = 2166136261U;
  h = (h ^ 0xFFFFFFC3U) * 16777619U;
  h = (h ^ 0xFFFFFFA9U) * 16777619U;
  EXPECT_EQ(fasttext_hash("\xC3\xA9"), h);
}

TEST(Subwords, RefusesRulesThatCannotBe) {
  EXPECT_THROW((SubwordRules{4, 3, 10}.validate()), Error);
  EXPECT_THROW((SubwordRules{0, 3, 10}.validate()), Error);
  EXPECT_THROW((SubwordRules{3, 6, 0}.validate()), Error);
  EXPECT_NO_THROW((SubwordRules{0, 0, 0}.validate()));
}

}  // namespace
}  // namespace kindred::static_vectors
