// Which terms the words of a query are looked up by. Tested by lexical_index_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "search/lexical_query.h"

namespace kindred::search {

/// The terms of an index.
class TermSource {
 public:
  using Found = std::function<void(std::string_view term, unsigned edits, std::uint64_t documents)>;
  virtual ~TermSource() = default;

  virtual std::uint64_t documents() = 0;
  virtual std::uint64_t documents_with(const std::string& term) = 0;
  /// Calls `found` with each term within `most_edits` of `word`, several times for one that stands
  /// in several parts.
  virtual void near(const std::string& word, unsigned most_edits, const Found& found) = 0;
};

/// Each word's own term, and where that is in no document (or in so few that it may be misspelt in
/// them), the terms nearest to it. A term's weight is its BM25 idf, halved for each edit.
ResolvedWords resolve_words(const WordsQuery& query, TermSource& source);

}  // namespace kindred::search
