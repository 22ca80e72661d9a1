// The merges of a BPE model, and merging by them. Tested by bpe_merges_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "text/models/hash.h"

namespace kindred::text {

/// A part of a word: its token, and how many bytes of the piece it covers.
struct Symbol {
  std::uint32_t id;
  std::uint32_t bytes;
};

/// A pair's place in the order of merges (lower first), and what it becomes.
struct Merge {
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t rank = kNever;
  std::uint32_t id = 0;
};

/// (left id, right id) → merge: open addressing, 16 bytes a slot. Threads: immutable once filled.
class MergeTable {
 public:
  MergeTable() : MergeTable(0) {}
  /// Room for `merges` merges; more must not be inserted.
  explicit MergeTable(std::size_t merges);

  /// A pair that is there already gets the new merge.
  void insert(std::uint32_t left, std::uint32_t right, Merge merge);

  /// `rank` is kNever where the pair does not merge.
  Merge find(std::uint32_t left, std::uint32_t right) const noexcept {
    for (std::uint64_t slot = hash_pair(left, right) & mask_;; slot = (slot + 1) & mask_) {
      const Slot& at = slots_[slot];
      if (at.merge.rank == Merge::kNever || (at.left == left && at.right == right)) return at.merge;
    }
  }

 private:
  struct Slot {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    Merge merge;
  };
  std::vector<Slot> slots_;
  std::uint64_t mask_;
};

/// Scratch of a merger; keep one a thread.
class Merger {
 public:
  /// Merges neighbours in `symbols`, the lowest rank first and of equal ranks the leftmost, until
  /// nothing merges. O(n²) for short words, where it is faster; O(n log n) else. `by_heap` takes
  /// the second way always: with ids that several tokens share the two may differ, and the
  /// reference goes that way.
  void run(const MergeTable& table, bool by_heap, std::vector<Symbol>& symbols);

 private:
  void run_by_scan(const MergeTable& table, std::vector<Symbol>& symbols);
  void run_by_heap(const MergeTable& table, std::vector<Symbol>& symbols);
  void push(const MergeTable& table, const std::vector<Symbol>& symbols, std::uint32_t left);
  void merge_top(const MergeTable& table, std::vector<Symbol>& symbols);

  // A merge that was possible when it was found: of the symbol at `position` and its neighbour.
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t position;
    std::uint32_t id;
    bool operator>(const Candidate& other) const noexcept {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  std::vector<Merge> pairs_;  // pairs_[i] joins symbols i and i + 1
  std::vector<Candidate> heap_;
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> previous_;
};

}  // namespace kindred::text
