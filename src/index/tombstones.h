// The deleted rows of a part, shared between readers and one writer. Tested by tombstones_test.cc.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/row_set.h"

namespace kindred::index {

/// A bitmap in pages that are copied when they are written after having been published: what a
/// reader holds never changes, and a delete among millions of rows copies 4 KB.
///
/// Threads: a published object is immutable; the others belong to one thread.
class Tombstones {
 public:
  explicit Tombstones(std::size_t rows = 0);

  std::size_t rows() const noexcept { return rows_; }
  std::size_t count() const noexcept { return count_; }
  bool contains(std::size_t row) const noexcept {
    const std::size_t page = row / kPageRows;
    if (page >= pages_.size() || !pages_[page]) return false;
    return ((*pages_[page])[row % kPageRows / 64] >> (row % 64) & 1) != 0;
  }
  /// False when it was there already.
  bool insert(std::size_t row);
  /// The set is of `rows` rows from now on, at least as many as now.
  void grow(std::size_t rows);
  /// What is in the set now, for readers. The same object as before when nothing changed.
  std::shared_ptr<const Tombstones> publish();

  /// The rows that are not in the set.
  RowSet live() const;
  /// Calls `visit(row)` for the rows of this set that are not in `before`.
  template <typename Visit>
  void for_each_since(const Tombstones& before, const Visit& visit) const {
    for (std::size_t p = 0; p < pages_.size(); ++p) {
      const Page* old = p < before.pages_.size() ? before.pages_[p].get() : nullptr;
      if (pages_[p].get() == old) continue;
      for (std::size_t row = p * kPageRows; row < std::min(rows_, (p + 1) * kPageRows); ++row) {
        if (contains(row) && !before.contains(row)) visit(row);
      }
    }
  }

 private:
  static constexpr std::size_t kPageRows = std::size_t{1} << 15;
  using Page = std::array<std::uint64_t, kPageRows / 64>;

  std::size_t rows_;
  std::size_t count_ = 0;
  std::vector<std::shared_ptr<Page>> pages_;  // null: none of its rows
  std::vector<bool> shared_;                  // pages that a reader may hold
  std::shared_ptr<const Tombstones> published_;
};

/// A file of deleted rows. Errors of decoding: corrupt, naming `origin`.
std::string encode_tombstones(const Tombstones& tombstones);
Tombstones decode_tombstones(std::string_view bytes, std::size_t rows, const std::string& origin);

}  // namespace kindred::index
