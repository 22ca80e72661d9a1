// Terms within some edits of a misspelt word. Tested by term_match_test.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace kindred::search {

/// Edits are inserted, left out, changed and swapped neighbouring characters (optimal string
/// alignment).
///
/// Compares one word with terms in any order; what a term shares with the one before it is not
/// compared again, so a sorted list is walked like a trie.
///
/// Threads: one at a time.
class TermMatcher {
 public:
  /// `word` is valid UTF-8.
  TermMatcher(std::string_view word, unsigned most_edits);

  struct Match {
    std::optional<unsigned> edits;  ///< unset: more than `most_edits`
    /// No term that begins with these bytes of this one can match; 0: nothing is known.
    std::size_t hopeless_prefix = 0;
  };
  Match match(std::string_view term);

 private:
  void push(char32_t c);

  std::vector<char32_t> word_;
  unsigned most_;
  std::vector<char32_t> term_;               // characters compared so far
  std::vector<std::vector<unsigned>> rows_;  // rows_[i][j]: edits from term_[0, i) to word_[0, j)
};

/// How many edits a word may have: 0 for words under four characters, with a digit, or of a script
/// that segments words; 1 up to seven characters; 2 beyond.
unsigned allowed_edits(std::string_view word);

}  // namespace kindred::search
