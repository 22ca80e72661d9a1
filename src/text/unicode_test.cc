#include "text/unicode.h"

#include <gtest/gtest.h>

#include "text/unicode_tables.h"

namespace kindred::text {
namespace {

TEST(Unicode, KnowsProperties) {
  const Unicode& unicode = Unicode::get();
  EXPECT_TRUE(unicode.is(U'\u3000', kWhite));
  EXPECT_FALSE(unicode.is(U'\u200b', kWhite));
  EXPECT_TRUE(unicode.is(0x85, kBertRemoved));
  EXPECT_TRUE(unicode.is(0x301, kBertMark));
  EXPECT_TRUE(unicode.is(U'½', kNumeric));
  EXPECT_TRUE(unicode.is(U'$', kPunctuation));
  EXPECT_TRUE(unicode.is(U'。', kPunctuation));
  EXPECT_TRUE(unicode.is(U'_', kWord));
  EXPECT_TRUE(unicode.is(U'é', kLetter));
  EXPECT_TRUE(unicode.is(U'Ⅷ', kNumber));
  EXPECT_TRUE(unicode.is(U'中', kChinese));
  EXPECT_FALSE(unicode.is(U'か', kChinese));
  EXPECT_EQ(unicode.bits(0x10ffff) & ~kBertRemoved, 0U);
}

// Every range of a table is in the two-stage table, and nothing else.
TEST(Unicode, HoldsTheTables) {
  const auto expect_bits = [](const CodeRange* ranges, std::size_t count, std::uint32_t bit) {
    std::size_t range = 0;
    for (char32_t c = 0; c < 0x110000; ++c) {
      while (range < count && ranges[range].last < c) ++range;
      const bool want = range < count && ranges[range].first <= c;
      ASSERT_EQ(Unicode::get().is(c, bit), want) << std::hex << static_cast<std::uint32_t>(c);
    }
  };
  expect_bits(kWhiteRanges, kWhiteRangesCount, kWhite);
  expect_bits(kPunctuationRanges, kPunctuationRangesCount, kPunctuation);
  expect_bits(kOnigLetterRanges, kOnigLetterRangesCount, kLetter);
  expect_bits(kGraphemePictographicRanges, kGraphemePictographicRangesCount, kPictographic);
}

TEST(Unicode, LowersCase) {
  EXPECT_EQ(to_lower(U'A'), U'a');
  EXPECT_EQ(to_lower(U'['), U'[');
  EXPECT_EQ(to_lower(U'É'), U'é');
  EXPECT_EQ(to_lower(U'Ā'), U'ā');
  EXPECT_EQ(to_lower(U'ā'), U'ā');
  EXPECT_EQ(to_lower(U'Σ'), U'σ');
  EXPECT_EQ(to_lower(U'ẞ'), U'ß');
  EXPECT_EQ(to_lower(U'中'), U'中');
}

TEST(Unicode, TellsScriptsApart) {
  EXPECT_EQ(script_of(U'a'), script_of(U'é'));
  EXPECT_NE(script_of(U'a'), script_of(U'я'));
  EXPECT_EQ(script_of(U'中'), script_of(U'か'));  // as SentencePiece has it
  EXPECT_EQ(script_of(U' '), 0);
}

}  // namespace
}  // namespace kindred::text
