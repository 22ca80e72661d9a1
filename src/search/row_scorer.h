// The best rows of a part for some terms. Tested by row_scorer_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/row_set.h"
#include "search/posting_list.h"

namespace kindred::search {

struct ScoredTerm {
  const PostingList* postings;
  std::uint32_t weight;  ///< a row scores weight × impact
  unsigned word;         ///< of the query, < 32: a word may have several terms
};

/// Scores are whole numbers, so that a row's score is the same in whatever order terms are added.
struct ScoredRow {
  std::uint32_t score;
  std::uint32_t row;
  bool operator==(const ScoredRow&) const = default;
};

struct RowQuery {
  std::vector<ScoredTerm> terms;        ///< Σ weight × 255 < 2³²
  std::size_t rows = 0;                 ///< of the part
  const index::RowSet* live = nullptr;  ///< null: all
  const index::RowSet* allowed = nullptr;
  std::uint32_t required_words = 0;  ///< a bit a word that a row must have
  std::size_t k = 0;
  std::uint32_t floor = 0;  ///< rows that score less are not wanted
};

/// The k best rows, best first, ties by the lower row. Goes through the rows in windows and adds up
/// a window's scores in an array; steps over windows, and within a window over terms, whose block
/// maxima show that no row can reach the k best (block-max MaxScore: Ding and Suel, "Faster top-k
/// document retrieval using block-max indexes", 2011; Turtle and Flood, 1995). Errors: corrupt.
std::vector<ScoredRow> best_rows(const RowQuery& query);

/// Every row that has one of the terms, and all required words. `live` and `allowed` are left out.
index::RowSet rows_with(const RowQuery& query);

}  // namespace kindred::search
