#include "static_vectors/word_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/brkiter.h>
#include <unicode/ubrk.h>
#include <unicode/unistr.h>

#include "base/random.h"

namespace kindred::static_vectors {
namespace {

using ::testing::Contains;
using ::testing::Not;
using Words = std::vector<std::string>;

Words split(std::string_view line, WordMode mode, bool lower = false) {
  WordSplitter splitter(mode, lower);
  std::vector<std::string_view> found;
  splitter.split(line, found);
  return {found.begin(), found.end()};
}

TEST(WordSplitter, SpacesAreThoseOfFastText) {
  EXPECT_EQ(split("  a\tb\vc\fd\re, f. ", WordMode::spaces),
            (Words{"a", "b", "c", "d", "e,", "f."}));
  EXPECT_EQ(split(std::string_view("a\0b", 3), WordMode::spaces), (Words{"a", "b"}));
  EXPECT_EQ(split("a\xC2\xA0 b\xFF", WordMode::spaces), (Words{"a\xC2\xA0", "b\xFF"}));
  EXPECT_EQ(split("", WordMode::spaces), Words{});
}

TEST(WordSplitter, UnicodeWordsHaveNoPunctuation) {
  EXPECT_EQ(split("(\"Don't\" pay $3.50, or 1,000!)", WordMode::unicode),
            (Words{"Don't", "pay", "3.50", "or", "1,000"}));
  EXPECT_EQ(split("state-of-the-art a_b — wh-1000xm4", WordMode::unicode),
            (Words{"state", "of", "the", "art", "a_b", "wh", "1000xm4"}));
  EXPECT_EQ(split("  ... - ", WordMode::unicode), Words{});
  EXPECT_EQ(split("café naïve, straße", WordMode::unicode), (Words{"café", "naïve", "straße"}));
}

// Where exactly a dictionary divides is its own affair, and another version of ICU has another.
TEST(WordSplitter, ScriptsWithoutSpacesAreSegmentedByDictionaries) {
  const Words chinese = split("我买了一斤苹果和香蕉。", WordMode::unicode);
  EXPECT_THAT(chinese, Contains("苹果"));
  EXPECT_THAT(chinese, Contains("香蕉"));
  EXPECT_THAT(chinese, Not(Contains("。")));
  const Words japanese = split("東京タワーに行く", WordMode::unicode);
  EXPECT_THAT(japanese, Contains("に"));
  EXPECT_THAT(japanese, Contains("行く"));
}

TEST(WordSplitter, LowersByUnicode) {
  EXPECT_EQ(split("ÉCOLE Straße WORD", WordMode::spaces, true), (Words{"école", "straße", "word"}));
  EXPECT_EQ(split("The BIG One", WordMode::unicode, true), (Words{"the", "big", "one"}));
}

// The short way past ICU gives what ICU gives.
TEST(WordSplitter, AgreesWithIcuOnAnyAscii) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> iterator(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  ASSERT_TRUE(U_SUCCESS(error));
  constexpr std::string_view kPieces[] = {"a", "B7", "12", " ", " ", ".", ",", "'",  "\"",
                                          ":", ";",  "_",  "-", "$", "(", "é", "果", "\t"};
  Random rng(7);
  for (int round = 0; round < 3000; ++round) {
    std::string line;
    for (int i = 0; i < 12; ++i) line += kPieces[rng.below(std::size(kPieces))];
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(line);
    iterator->setText(text);
    Words expected;
    std::int32_t begin = iterator->first();
    for (std::int32_t end = iterator->next(); end != icu::BreakIterator::DONE;
         begin = end, end = iterator->next()) {
      if (iterator->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
      text.tempSubStringBetween(begin, end).toUTF8String(expected.emplace_back());
    }
    ASSERT_EQ(split(line, WordMode::unicode), expected) << line;
  }
}

TEST(WordSplitter, BytesThatAreNotUtf8DivideUnicodeWords) {
  EXPECT_EQ(split("ab\xFF\xFE"
                  "cd",
                  WordMode::unicode),
            (Words{"ab", "cd"}));
}

}  // namespace
}  // namespace kindred::static_vectors
