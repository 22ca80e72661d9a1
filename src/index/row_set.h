// A set of a segment's rows. Tested by row_set_test.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kindred::index {

/// One bit a row, in the order in which the segment stores its rows, so that a list of an inverted
/// index reads a run of neighbouring bits. Bits past `rows()` are 0.
///
/// Threads: as a standard container.
class RowSet {
 public:
  RowSet() = default;
  explicit RowSet(std::size_t rows, bool full = false)
      : rows_(rows), words_((rows + 63) / 64, full ? ~std::uint64_t{0} : 0) {
    clear_tail();
  }

  std::size_t rows() const noexcept { return rows_; }
  bool contains(std::size_t row) const noexcept {
    return (words_[row / 64] >> (row % 64) & 1) != 0;
  }
  void insert(std::size_t row) noexcept { words_[row / 64] |= std::uint64_t{1} << (row % 64); }
  void erase(std::size_t row) noexcept { words_[row / 64] &= ~(std::uint64_t{1} << (row % 64)); }
  /// The bits, row 0 lowest in the first word.
  const std::vector<std::uint64_t>& words() const noexcept { return words_; }
  std::vector<std::uint64_t>& words() noexcept { return words_; }

  std::size_t count() const noexcept {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }

  /// Set operations with a set of as many rows.
  RowSet& operator&=(const RowSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  RowSet& operator|=(const RowSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  /// Removes what `other` holds.
  RowSet& operator-=(const RowSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  void invert() noexcept {
    for (std::uint64_t& word : words_) word = ~word;
    clear_tail();
  }

  bool operator==(const RowSet&) const = default;

 private:
  void clear_tail() noexcept {
    if (rows_ % 64 != 0) words_.back() &= (std::uint64_t{1} << (rows_ % 64)) - 1;
  }

  std::size_t rows_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace kindred::index
