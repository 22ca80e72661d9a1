// A query's words as the parts of a word index see them. For lexical_*.cc alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/lexical_index.h"
#include "search/row_scorer.h"

namespace kindred::search {

/// Whole score of a row = kScoreUnit × its score: 32 words of 9 terms each stay below 2³².
inline constexpr double kScoreUnit = UsedTerm::kWeightUnit * 255.0;

/// The words of a query with their terms' weights.
struct ResolvedWords {
  std::vector<UsedWord> words;
  std::uint32_t required = 0;  ///< a bit a word
  bool hopeless = false;       ///< a required word is nowhere

  /// What a part has of it. `find`: term → postings or null, valid as long as the result is used.
  template <typename Find>
  RowQuery query(const Find& find) const {
    RowQuery query;
    query.required_words = required;
    for (unsigned w = 0; w < words.size(); ++w) {
      for (const UsedTerm& term : words[w].terms) {
        const PostingList* postings = find(term.term);
        if (postings != nullptr) query.terms.push_back({postings, term.whole_weight(), w});
      }
    }
    return query;
  }
};

/// The postings of a query's words in a segment.
class SegmentWords {
 public:
  SegmentWords(const LexicalPart& part, const ResolvedWords& resolved) {
    std::size_t terms = 0;
    for (const UsedWord& word : resolved.words) terms += word.terms.size();
    postings_.reserve(terms);  // they are pointed at
    query_ = resolved.query([&](const std::string& term) -> const PostingList* {
      const auto found = part.words()->find(term);
      return found ? &postings_.emplace_back(part.words()->postings(*found)) : nullptr;
    });
    query_.rows = part.rows();
    query_.live = part.live();
  }
  SegmentWords(const SegmentWords&) = delete;
  SegmentWords& operator=(const SegmentWords&) = delete;

  RowQuery& query() noexcept { return query_; }

 private:
  std::vector<SegmentPostings> postings_;
  RowQuery query_;
};

}  // namespace kindred::search
