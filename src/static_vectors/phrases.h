// Pairs of words that are one word: word2vec's phrases. Tested by phrases_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "static_vectors/vocabulary.h"

namespace kindred::static_vectors {

/// Counts of neighbouring words. At most some 50 million pairs are held; beyond that the rarest are
/// forgotten, as word2phrase does.
///
/// Threads: one at a time.
class PairCounter {
 public:
  PairCounter() : slots_(kFirstSlots) {}
  /// Whole sentences, with kSentenceEnd between them.
  void add(std::span<const std::uint32_t> tokens);
  std::uint64_t count(std::uint32_t first, std::uint32_t second) const noexcept;

  struct Pair {
    std::uint32_t first, second;
    std::uint64_t count;
  };
  std::vector<Pair> pairs() const;  ///< in no order that means something

 private:
  static constexpr std::size_t kFirstSlots = std::size_t{1} << 16;
  static constexpr std::size_t kMostSlots = std::size_t{1} << 27;
  struct Slot {
    std::uint64_t key = kEmpty;
    std::uint64_t count = 0;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  std::size_t slot_of(std::uint64_t key) const noexcept;
  void make_room();

  std::vector<Slot> slots_;  // a power of two
  std::size_t used_ = 0;
  std::uint64_t forget_ = 1;  // counts that the next shortage forgets
};

/// The pairs that are to be one word, and that word's number.
///
/// Threads: immutable; `join` may run concurrently on different tokens.
class Phrases {
 public:
  /// A pair is a phrase where (count(ab) - min_count) / count(a) / count(b) × words > threshold
  /// (Mikolov et al., 2013, as word2phrase computes it) and each word has `min_count`. Phrases are
  /// added to `vocabulary` as "a_b", without counts.
  Phrases(const PairCounter& pairs, std::uint64_t min_count, double threshold,
          Vocabulary& vocabulary);

  /// Joins from left to right; a word is part of one phrase at most. Returns how many tokens are
  /// left at the front of `tokens`.
  std::size_t join(std::span<std::uint32_t> tokens) const;
  std::size_t size() const noexcept { return joined_.size(); }

 private:
  std::uint32_t find(std::uint32_t first, std::uint32_t second) const noexcept;

  struct Joined {
    std::uint64_t key;
    std::uint32_t id;
  };
  std::vector<Joined> joined_;           // sorted by key
  std::vector<std::uint32_t> first_at_;  // word -> where its pairs begin; one more than words
};

}  // namespace kindred::static_vectors
