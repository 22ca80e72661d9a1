#include "search/term_match.h"

#include <unicode/utf8.h>

#include <algorithm>

#include "search/fold.h"

namespace kindred::search {
namespace {

template <typename Fn>
void for_each_character(std::string_view text, const Fn& fn) {
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    UChar32 c;
    U8_NEXT_OR_FFFD(text.data(), at, static_cast<std::int32_t>(text.size()), c);
    if (!fn(static_cast<char32_t>(c), static_cast<std::size_t>(at))) return;
  }
}

}  // namespace

TermMatcher::TermMatcher(std::string_view word, unsigned most_edits) : most_(most_edits) {
  for_each_character(word, [&](char32_t c, std::size_t) {
    word_.push_back(c);
    return true;
  });
  rows_.emplace_back();
  for (unsigned j = 0; j <= word_.size(); ++j) rows_[0].push_back(j);
}

void TermMatcher::push(char32_t c) {
  const std::size_t i = term_.size() + 1;
  if (rows_.size() <= i) rows_.emplace_back(word_.size() + 1);
  const std::vector<unsigned>& above = rows_[i - 1];
  std::vector<unsigned>& row = rows_[i];
  row[0] = static_cast<unsigned>(i);
  for (std::size_t j = 1; j <= word_.size(); ++j) {
    row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (c == word_[j - 1] ? 0U : 1U)});
    if (i > 1 && j > 1 && c == word_[j - 2] && term_.back() == word_[j - 1]) {
      row[j] = std::min(row[j], rows_[i - 2][j - 2] + 1);
    }
  }
  term_.push_back(c);
}

TermMatcher::Match TermMatcher::match(std::string_view term) {
  Match result;
  std::size_t at = 0;
  for_each_character(term, [&](char32_t c, std::size_t end) {
    if (at < term_.size() && term_[at] != c) {
      term_.resize(at);
    }
    if (at == term_.size()) {
      push(c);
    }
    ++at;
    // A swap looks two rows back, so both must be hopeless.
    const auto least = [&](std::size_t i) {
      return *std::min_element(rows_[i].begin(), rows_[i].end());
    };
    if (least(at) > most_ && least(at - 1) > most_) {
      result.hopeless_prefix = end;
      return false;
    }
    return true;
  });
  if (result.hopeless_prefix == 0 && rows_[at].back() <= most_) result.edits = rows_[at].back();
  return result;
}

unsigned allowed_edits(std::string_view word) {
  std::size_t characters = 0;
  bool letters = true;
  for_each_character(word, [&](char32_t c, std::size_t) {
    ++characters;
    const CharacterClass kind = class_of(c);
    return letters = kind == CharacterClass::letter || kind == CharacterClass::mark;
  });
  if (!letters || characters < 4) return 0;
  return characters < 8 ? 1 : 2;
}

}  // namespace kindred::search
