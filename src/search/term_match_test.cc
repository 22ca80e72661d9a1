#include "search/term_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/random.h"

namespace kindred::search {
namespace {

// Optimal string alignment over ASCII, the whole table.
unsigned edits_between(const std::string& a, const std::string& b) {
  std::vector<std::vector<unsigned>> d(a.size() + 1, std::vector<unsigned>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<unsigned>(i + j);
        continue;
      }
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string random_word(Random& random, std::size_t most) {
  std::string word;
  for (std::size_t i = 0; i < 1 + random.below(most); ++i)
    word += static_cast<char>('a' + random.below(3));
  return word;
}

TEST(TermMatcher, AgreesWithTheWholeTableAndSkipsOnlyWhatCannotMatch) {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::set<std::string> sorted;
    for (int i = 0; i < 200; ++i) sorted.insert(random_word(random, 9));
    const std::string word = random_word(random, 9);
    const unsigned most = 1 + static_cast<unsigned>(random.below(2));
    TermMatcher matcher(word, most);
    for (const std::string& term : sorted) {
      const auto match = matcher.match(term);
      const unsigned edits = edits_between(term, word);
      ASSERT_EQ(match.edits.has_value(), edits <= most) << term << " " << word;
      if (match.edits) {
        ASSERT_EQ(*match.edits, edits) << term << " " << word;
      }
      if (match.hopeless_prefix > 0) {
        for (const std::string& other : sorted) {
          if (other.starts_with(term.substr(0, match.hopeless_prefix))) {
            ASSERT_GT(edits_between(other, word), most) << other << " " << word;
          }
        }
      }
    }
  }
}

TEST(TermMatcher, CountsCharactersAndSwaps) {
  EXPECT_EQ(TermMatcher("zapatila", 1).match("zapatilla").edits, 1U);
  EXPECT_EQ(TermMatcher("haedphones", 1).match("headphones").edits, 1U);
  EXPECT_EQ(TermMatcher("кросовки", 1).match("кроссовки").edits, 1U);
  EXPECT_EQ(TermMatcher("abcd", 1).match("abcd").edits, 0U);
  EXPECT_FALSE(TermMatcher("abcd", 1).match("dcba").edits.has_value());
}

TEST(AllowedEdits, DependOnLengthAndScript) {
  EXPECT_EQ(allowed_edits("red"), 0U);
  EXPECT_EQ(allowed_edits("shoe"), 1U);
  EXPECT_EQ(allowed_edits("headphone"), 2U);
  EXPECT_EQ(allowed_edits("256gb"), 0U);
  EXPECT_EQ(allowed_edits("运动鞋子鞋"), 0U);
  EXPECT_EQ(allowed_edits("кросс"), 1U);
}

}  // namespace
}  // namespace kindred::search
