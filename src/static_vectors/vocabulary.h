// Words, their ids and how often each was seen. Tested by vocabulary_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::static_vectors {

/// Any bytes are a word, the empty string too. Ids count from 0 in the order of adding.
///
/// Threads: const methods may run concurrently.
class Vocabulary {
 public:
  /// Words that ids of 32 bits can number.
  static constexpr std::size_t kMostWords = 0xFFFFFFFEU;

  /// The word's id, given to it now where it is new; `count` is added to its count. Errors:
  /// exhausted beyond `kMostWords`.
  std::uint32_t add(std::string_view word, std::uint64_t count = 1) {
    return add(word, hash(word), count);
  }
  std::uint32_t add(std::string_view word, std::uint64_t hash, std::uint64_t count);
  /// Room for so many words and their bytes.
  void reserve(std::size_t words, std::size_t bytes = 0);

  std::optional<std::uint32_t> find(std::string_view word) const { return find(word, hash(word)); }
  /// `find` in three steps, so that the memory of many words is asked for before any is waited
  /// for: `hash`, `prefetch` and then this.
  std::optional<std::uint32_t> find(std::string_view word, std::uint64_t hash) const;
  void prefetch(std::uint64_t hash) const noexcept;
  static std::uint64_t hash(std::string_view word) noexcept;

  std::string_view word(std::uint32_t id) const noexcept {
    return std::string_view(bytes_).substr(offsets_[id], offsets_[id + 1] - offsets_[id]);
  }
  std::uint64_t count(std::uint32_t id) const noexcept { return counts_[id]; }
  const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
  /// One for each word.
  void set_counts(std::vector<std::uint64_t> counts);
  /// The sum of all counts.
  std::uint64_t total() const noexcept { return total_; }
  std::size_t size() const noexcept { return counts_.size(); }
  bool empty() const noexcept { return counts_.empty(); }

  /// The words with a count of `least` or more, the most frequent first; of equal counts, in
  /// the order of their bytes.
  Vocabulary by_count(std::uint64_t least) const;

 private:
  // A slot is empty where its id is kEmpty. The upper half of the hash spares most comparisons of
  // words, which lie elsewhere in memory.
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFFU;
  struct Slot {
    std::uint32_t check = 0;
    std::uint32_t id = kEmpty;
  };

  std::size_t slot_of(std::string_view word, std::uint64_t hash) const noexcept;
  void grow(std::size_t slots);

  std::string bytes_;
  std::vector<std::uint64_t> offsets_{0};  // size() + 1
  std::vector<std::uint64_t> counts_;
  std::vector<Slot> slots_;  // a power of two, at most two thirds taken
  std::uint64_t total_ = 0;
};

}  // namespace kindred::static_vectors
