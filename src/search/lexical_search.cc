// The way of a query: words, terms, the best rows of each part.
#include <algorithm>
#include <shared_mutex>

#include "base/error.h"
#include "search/lexical_index.h"
#include "search/lexical_query.h"
#include "search/row_scorer.h"
#include "search/similar_terms.h"
#include "search/term_match.h"

namespace kindred::search {
namespace {

// Calls fn(index) for the terms of a sorted list that `matcher` accepts, with their edits.
template <typename Fn>
void match_sorted(const LexicalSegment& segment, TermMatcher& matcher, const Fn& fn) {
  for (std::size_t i = 0; i < segment.terms();) {
    const std::string_view term = segment.term(i);
    const TermMatcher::Match match = matcher.match(term);
    if (match.edits) fn(i, *match.edits);
    if (match.hopeless_prefix == 0) {
      ++i;
      continue;
    }
    // The end of the terms with that prefix, in steps that double.
    const std::string_view prefix = term.substr(0, match.hopeless_prefix);
    std::size_t low = i;
    std::size_t step = 1;
    while (low + step < segment.terms() && segment.term(low + step).starts_with(prefix)) {
      low += step;
      step *= 2;
    }
    std::size_t high = std::min(low + step, segment.terms());
    while (low + 1 < high) {
      const std::size_t middle = low + (high - low) / 2;
      (segment.term(middle).starts_with(prefix) ? low : high) = middle;
    }
    i = high;
  }
}

}  // namespace

namespace {

// The terms of a memtable and of segments.
class PartTerms final : public TermSource {
 public:
  PartTerms(const LexicalMemtable& memtable, const LexicalParts& parts)
      : memtable_(memtable), parts_(parts) {}

  std::uint64_t documents() override {
    std::uint64_t documents = memtable_.rows();
    for (const auto& part : parts_) documents += part->rows();
    return documents;
  }
  std::uint64_t documents_with(const std::string& term) override {
    const MemoryPostings* postings = memtable_.find(term);
    std::uint64_t documents = postings == nullptr ? 0 : postings->count();
    for (const auto& part : parts_) {
      if (const auto found = part->words()->find(term)) {
        documents += part->words()->term_count(*found);
      }
    }
    return documents;
  }
  void near(const std::string& word, unsigned most_edits, const Found& found) override {
    TermMatcher matcher(word, most_edits);
    for (const auto& part : parts_) {
      const LexicalSegment& segment = *part->words();
      match_sorted(segment, matcher, [&](std::size_t i, unsigned edits) {
        found(segment.term(i), edits, segment.term_count(i));
      });
    }
    memtable_.for_each_term([&](const std::string& term, const MemoryPostings& postings) {
      const std::size_t longer = std::max(term.size(), word.size());
      const std::size_t shorter = std::min(term.size(), word.size());
      if (longer - shorter > std::size_t{4} * most_edits) return;  // at most four bytes a character
      const auto match = matcher.match(term);
      if (match.edits) found(term, *match.edits, postings.count());
    });
  }

 private:
  const LexicalMemtable& memtable_;
  const LexicalParts& parts_;
};

}  // namespace

ResolvedWords LexicalIndex::resolve(const WordsQuery& query) const {
  PartTerms terms(memtable_, *parts_);
  return resolve_words(query, terms);
}

WordsResult LexicalIndex::search(const WordsQuery& query) const {
  if (query.k == 0) fail(ErrorKind::bad_input, "k is 0; ask for at least one document");
  WordsResult result;
  std::shared_ptr<const LexicalParts> parts;
  ResolvedWords resolved;
  const auto better = [](const WordsHit& a, const WordsHit& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  };
  std::uint32_t floor = 0;
  const auto take = [&](RowQuery& rows, const index::Fields& fields, const auto& key_of) {
    if (rows.terms.empty()) return;
    index::RowSet allowed;
    if (query.filter != nullptr) {
      allowed = index::evaluate(*query.filter, fields);
      rows.allowed = &allowed;
    }
    rows.k = query.k;
    rows.floor = floor;
    const std::vector<ScoredRow> best = best_rows(rows);
    for (const ScoredRow& row : best)
      result.hits.push_back({row.score / kScoreUnit, key_of(row.row)});
    if (best.size() == query.k) floor = std::max(floor, best.back().score);
  };
  {
    const std::shared_lock memory(memory_mutex_);
    parts = parts_;
    resolved = resolve(query);
    if (!resolved.hopeless && memtable_.rows() > 0) {
      RowQuery rows = resolved.query([&](const std::string& term) { return memtable_.find(term); });
      const index::RowSet live = memtable_.live();
      rows.rows = memtable_.rows();
      rows.live = &live;
      take(rows, memtable_.fields(), [&](std::uint32_t row) { return memtable_.key(row); });
    }
  }
  if (!resolved.hopeless) {
    for (const auto& part : *parts) {
      SegmentWords terms(*part, resolved);
      take(terms.query(), *part->fields(),
           [&](std::uint32_t row) { return part->words()->keys()[row]; });
    }
  }
  const std::size_t k = std::min(query.k, result.hits.size());
  std::partial_sort(result.hits.begin(), result.hits.begin() + static_cast<std::ptrdiff_t>(k),
                    result.hits.end(), better);
  result.hits.resize(k);
  result.words = std::move(resolved.words);
  return result;
}

std::vector<TermScore> LexicalIndex::explain(const WordsQuery& query, std::uint64_t key) const {
  const std::shared_lock memory(memory_mutex_);
  const ResolvedWords resolved = resolve(query);
  std::vector<TermScore> scores;
  const auto add = [&](const PostingList& postings, std::uint32_t row, const UsedWord& word,
                       const UsedTerm& term) {
    std::uint32_t rows[kBlockPostings];
    std::uint8_t impacts[kBlockPostings];
    std::size_t low = 0;
    std::size_t high = postings.blocks();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (postings.last_row(middle) < row)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == postings.blocks()) return;
    const std::size_t count = postings.decode(low, rows, impacts);
    const auto* at = std::lower_bound(rows, rows + count, row);
    if (at == rows + count || *at != row) return;
    const double unit = term.whole_weight() / kScoreUnit;
    scores.push_back({word.word, term.term, unit * impacts[at - rows]});
  };
  const auto for_each_term = [&](const auto& fn) {
    for (const UsedWord& word : resolved.words) {
      for (const UsedTerm& term : word.terms) fn(word, term);
    }
  };
  if (const auto row = memtable_.find_key(key)) {
    for_each_term([&](const UsedWord& word, const UsedTerm& term) {
      if (const MemoryPostings* postings = memtable_.find(term.term))
        add(*postings, *row, word, term);
    });
    return scores;
  }
  for (const auto& part : *parts_) {
    const auto row = part->words()->find_key(key);
    if (!row || part->deleted().contains(*row)) continue;
    for_each_term([&](const UsedWord& word, const UsedTerm& term) {
      if (const auto found = part->words()->find(term.term))
        add(part->words()->postings(*found), *row, word, term);
    });
  }
  return scores;
}

}  // namespace kindred::search
