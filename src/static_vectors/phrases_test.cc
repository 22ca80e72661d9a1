#include "static_vectors/phrases.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "static_vectors/window.h"

namespace kindred::static_vectors {
namespace {

TEST(PairCounter, CountsNeighboursWithinSentences) {
  PairCounter pairs;
  pairs.add(std::vector<std::uint32_t>{1, 2, 1, 2, kSentenceEnd, 2, 1, kSentenceEnd});
  EXPECT_EQ(pairs.count(1, 2), 2U);
  EXPECT_EQ(pairs.count(2, 1), 2U);
  EXPECT_EQ(pairs.count(2, 2), 0U);
  EXPECT_EQ(pairs.pairs().size(), 2U);
}

TEST(PairCounter, GrowsWithoutLosingAny) {
  PairCounter pairs;
  std::vector<std::uint32_t> tokens;
  for (std::uint32_t i = 0; i < 200'000; ++i) tokens.push_back(i);
  pairs.add(tokens);
  pairs.add(tokens);
  for (std::uint32_t i = 1; i < 200'000; ++i) ASSERT_EQ(pairs.count(i - 1, i), 2U);
}

// "new york" ten times among other words.
struct Text {
  Text() {
    Random random(1);
    const auto word = [&](const std::string& w) { tokens.push_back(vocabulary.add(w)); };
    for (int i = 0; i < 10; ++i) {
      for (int k = 0; k < 8; ++k) word("w" + std::to_string(random.below(6)));
      word("new");
      word("york");
      tokens.push_back(kSentenceEnd);
    }
    pairs.add(tokens);
  }
  Vocabulary vocabulary;
  std::vector<std::uint32_t> tokens;
  PairCounter pairs;
};

TEST(Phrases, JoinWhatStandsTogether) {
  Text text;
  // (10 - 2) / 10 / 10 × 100 = 8; of the others, pairs are about as often as chance has it.
  const Phrases phrases(text.pairs, 2, 7.9, text.vocabulary);
  ASSERT_EQ(phrases.size(), 1U);
  const auto joined = text.vocabulary.find("new_york");
  ASSERT_TRUE(joined);
  const std::size_t left = phrases.join(text.tokens);
  EXPECT_EQ(left, text.tokens.size() - 10);
  EXPECT_EQ(text.tokens[8], *joined);
  EXPECT_EQ(text.tokens[9], kSentenceEnd);
}

TEST(Phrases, ThresholdAndLeastCountHold) {
  Text text;
  EXPECT_EQ(Phrases(text.pairs, 2, 8.0, text.vocabulary).size(), 0U);
  EXPECT_EQ(Phrases(text.pairs, 11, 0.0, text.vocabulary).size(), 0U);
}

TEST(Phrases, AWordIsInOnePhraseOnly) {
  Vocabulary vocabulary;
  std::vector<std::uint32_t> tokens;
  for (int i = 0; i < 9; ++i)
    for (const char* w : {"a", "b", "c"}) tokens.push_back(vocabulary.add(w));
  PairCounter pairs;
  pairs.add(tokens);
  const Phrases phrases(pairs, 1, 0.1, vocabulary);
  EXPECT_EQ(phrases.size(), 3U);  // a_b, b_c, c_a
  const std::size_t left = phrases.join(tokens);
  EXPECT_EQ(left, 14U);  // ab ca bc ab ca bc …
  EXPECT_EQ(vocabulary.word(tokens[0]), "a_b");
  EXPECT_EQ(vocabulary.word(tokens[1]), "c_a");
}

}  // namespace
}  // namespace kindred::static_vectors
