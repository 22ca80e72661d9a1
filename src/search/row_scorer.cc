#include "search/row_scorer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kindred::search {
namespace {

constexpr std::size_t kWindow = 4096;  // scores and words of a window stay in the L1 cache

// Where the scoring of a term is. A decoded block is kept: it may reach into the next window.
class Cursor {
 public:
  Cursor(const ScoredTerm& term, std::uint64_t order)
      : term_(term), blocks_(term.postings->blocks()), order_(order) {}

  std::uint64_t order() const { return order_; }
  std::uint32_t word_bit() const { return 1U << term_.word; }

  /// The first block that has rows from `begin` on. False at the end.
  bool seek(std::size_t begin) {
    while (block_ < blocks_ && term_.postings->last_row(block_) < begin) ++block_;
    return block_ < blocks_;
  }
  /// No row before it (of those not stepped over) has the term.
  std::size_t first_possible() const {
    return block_ == 0 ? 0 : std::size_t{term_.postings->last_row(block_ - 1)} + 1;
  }
  /// The most that a row in [first_possible(), end) scores.
  std::uint32_t bound(std::size_t end) const {
    std::uint32_t most = 0;
    for (std::size_t b = block_; b < blocks_ && (b == block_ || first_of(b) < end); ++b) {
      most = std::max<std::uint32_t>(most, term_.postings->max_impact(b));
    }
    return most * term_.weight;
  }

  /// fn(row, score) for the postings in [begin, end).
  template <typename Fn>
  void visit(std::size_t begin, std::size_t end, const Fn& fn) {
    for (std::size_t b = block_; b < blocks_ && (b == block_ || first_of(b) < end); ++b) {
      visit_block(b, begin, end, fn);
    }
  }
  /// The same for blocks whose range holds one of `rows` (ascending, within [begin, end)).
  template <typename Fn>
  void visit_near(std::span<const std::uint32_t> rows, std::size_t begin, std::size_t end,
                  const Fn& fn) {
    auto next = rows.begin();
    for (std::size_t b = block_; b < blocks_ && next != rows.end(); ++b) {
      const std::uint32_t last = term_.postings->last_row(b);
      if (*next > last) continue;
      visit_block(b, begin, end, fn);
      next = std::upper_bound(next, rows.end(), last);
    }
  }

 private:
  std::size_t first_of(std::size_t block) const {
    return block == 0 ? 0 : std::size_t{term_.postings->last_row(block - 1)} + 1;
  }
  template <typename Fn>
  void visit_block(std::size_t block, std::size_t begin, std::size_t end, const Fn& fn) {
    if (decoded_ != block) {
      count_ = term_.postings->decode(block, rows_.data(), impacts_.data());
      decoded_ = block;
    }
    std::size_t i = 0;
    while (i < count_ && rows_[i] < begin) ++i;
    for (; i < count_ && rows_[i] < end; ++i) fn(rows_[i], term_.weight * impacts_[i]);
  }

  ScoredTerm term_;
  std::size_t blocks_;
  std::uint64_t order_;
  std::size_t block_ = 0;
  std::size_t decoded_ = ~std::size_t{0};
  std::size_t count_ = 0;
  std::array<std::uint32_t, kBlockPostings> rows_;
  std::array<std::uint8_t, kBlockPostings> impacts_;
};

// The k best so far: a heap with the worst on top.
class BestRows {
 public:
  BestRows(std::size_t k, std::uint32_t floor) : k_(k), floor_(floor) { heap_.reserve(k); }

  /// A row that comes now must score at least this: rows come in ascending order and ties go to the
  /// lower row.
  std::uint64_t needed() const {
    return heap_.size() < k_
               ? floor_
               : std::max<std::uint64_t>(floor_, std::uint64_t{heap_.front().score} + 1);
  }
  void add(ScoredRow row) {
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.pop_back();
    }
    heap_.push_back(row);
    std::push_heap(heap_.begin(), heap_.end(), better);
  }
  std::vector<ScoredRow> take() {
    std::sort_heap(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  static bool better(const ScoredRow& a, const ScoredRow& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  }
  std::size_t k_;
  std::uint32_t floor_;
  std::vector<ScoredRow> heap_;
};

std::uint64_t wanted(const RowQuery& query, std::size_t word) {
  std::uint64_t bits = ~std::uint64_t{0};
  if (query.live != nullptr) bits &= query.live->words()[word];
  if (query.allowed != nullptr) bits &= query.allowed->words()[word];
  return bits;
}

class Scorer {
 public:
  explicit Scorer(const RowQuery& query) : query_(query), best_(query.k, query.floor) {
    for (const ScoredTerm& term : query.terms) cursors_.emplace_back(term, cursors_.size());
    for (Cursor& cursor : cursors_) active_.push_back({&cursor, 0});
  }

  std::vector<ScoredRow> run() {
    for (std::size_t begin = 0; begin < query_.rows;) {
      std::erase_if(active_, [&](Active& a) { return !a.cursor->seek(begin); });
      if (active_.empty()) break;
      std::size_t first = query_.rows;
      for (const Active& a : active_) first = std::min(first, a.cursor->first_possible());
      begin = std::max(begin, first / kWindow * kWindow);
      const std::size_t end = std::min(begin + kWindow, query_.rows);
      if (any_wanted(begin, end)) score_window(begin, end);
      begin = end;
    }
    return best_.take();
  }

 private:
  struct Active {
    Cursor* cursor;
    std::uint32_t bound;
  };

  bool any_wanted(std::size_t begin, std::size_t end) const {
    if (query_.live == nullptr && query_.allowed == nullptr) return true;
    for (std::size_t w = begin / 64; w < (end + 63) / 64; ++w) {
      if (wanted(query_, w) != 0) return true;
    }
    return false;
  }

  void score_window(std::size_t begin, std::size_t end) {
    std::uint64_t total = 0;
    for (Active& a : active_) total += a.bound = a.cursor->bound(end);
    if (total < best_.needed()) return;
    // Smallest bounds first; a row that has only the first `optional` terms cannot be among the
    // best.
    std::sort(active_.begin(), active_.end(), [](const Active& a, const Active& b) {
      return a.bound != b.bound ? a.bound < b.bound : a.cursor->order() < b.cursor->order();
    });
    std::size_t optional = 0;
    std::uint64_t optional_bound = 0;
    while (optional + 1 < active_.size() &&
           optional_bound + active_[optional].bound < best_.needed()) {
      optional_bound += active_[optional++].bound;
    }
    scores_.fill(0);
    words_.fill(0);
    for (std::size_t i = optional; i < active_.size(); ++i) add_all(*active_[i].cursor, begin, end);
    find_candidates(begin, end, optional_bound);
    for (std::size_t i = optional; i-- > 0 && !candidates_.empty();) {
      add_near(*active_[i].cursor, begin, end);
      optional_bound -= active_[i].bound;
      std::erase_if(candidates_, [&](std::uint32_t row) {
        return scores_[row - begin] + optional_bound < best_.needed();
      });
    }
    for (const std::uint32_t row : candidates_) offer(row, begin);
  }

  void add_all(Cursor& cursor, std::size_t begin, std::size_t end) {
    const std::uint32_t bit = cursor.word_bit();
    cursor.visit(begin, end, [&](std::uint32_t row, std::uint32_t score) {
      scores_[row - begin] += score;
      words_[row - begin] |= bit;
    });
  }
  void add_near(Cursor& cursor, std::size_t begin, std::size_t end) {
    const std::uint32_t bit = cursor.word_bit();
    cursor.visit_near(candidates_, begin, end, [&](std::uint32_t row, std::uint32_t score) {
      scores_[row - begin] += score;
      words_[row - begin] |= bit;
    });
  }

  void find_candidates(std::size_t begin, std::size_t end, std::uint64_t more) {
    candidates_.clear();
    const std::uint64_t needed = std::max<std::uint64_t>(best_.needed(), 1);
    for (std::size_t base = begin; base < end; base += 64) {
      const std::uint64_t bits = wanted(query_, base / 64);
      if (bits == 0) continue;
      const std::size_t count = std::min<std::size_t>(64, end - base);
      const std::uint32_t* scores = scores_.data() + (base - begin);
      for (std::size_t i = 0; i < count; ++i) {
        if (scores[i] != 0 && scores[i] + more >= needed && (bits >> i & 1) != 0) {
          candidates_.push_back(static_cast<std::uint32_t>(base + i));
        }
      }
    }
  }

  void offer(std::uint32_t row, std::size_t begin) {
    const std::uint32_t score = scores_[row - begin];
    if (score < best_.needed()) return;
    if ((words_[row - begin] & query_.required_words) != query_.required_words) return;
    best_.add({score, row});
  }

  const RowQuery& query_;
  BestRows best_;
  std::vector<Cursor> cursors_;
  std::vector<Active> active_;
  std::vector<std::uint32_t> candidates_;
  std::array<std::uint32_t, kWindow> scores_;
  std::array<std::uint32_t, kWindow> words_;
};

}  // namespace

std::vector<ScoredRow> best_rows(const RowQuery& query) {
  if (query.k == 0 || query.terms.empty()) return {};
  return Scorer(query).run();
}

index::RowSet rows_with(const RowQuery& query) {
  index::RowSet all(query.rows, query.required_words != 0);
  std::array<std::uint32_t, kBlockPostings> rows;
  std::array<std::uint8_t, kBlockPostings> impacts;
  const auto add = [&](const ScoredTerm& term, index::RowSet& out) {
    for (std::size_t b = 0; b < term.postings->blocks(); ++b) {
      const std::size_t count = term.postings->decode(b, rows.data(), impacts.data());
      for (std::size_t i = 0; i < count; ++i) out.insert(rows[i]);
    }
  };
  if (query.required_words == 0) {
    for (const ScoredTerm& term : query.terms) add(term, all);
    return all;
  }
  for (unsigned word = 0; word < 32; ++word) {
    if ((query.required_words >> word & 1) == 0) continue;
    index::RowSet with(query.rows);
    for (const ScoredTerm& term : query.terms) {
      if (term.word == word) add(term, with);
    }
    all &= with;
  }
  return all;
}

}  // namespace kindred::search
