// Rows of an ivf segment in a second inverted list each. Tested by spill_lists_test.cc; the layout
// is in docs/format.md.
//
// A row near the border of its list has neighbours beyond it, and a query there may not look into
// the row's own list. With its signs in a second list too (Sun et al., "SOAR", NeurIPS 2023, arXiv
// 2404.00774), fewer lists need be scanned for the same recall.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "index/aligned_bytes.h"
#include "index/segment_file.h"
#include "index/segment_meta.h"

namespace kindred::index {

/// Threads: immutable.
class SpillLists {
 public:
  /// The rows that were spilled into a list, and their signs.
  struct List {
    std::uint64_t first_block = 0;
    std::uint64_t first = 0;  ///< for `row`
    std::uint32_t rows = 0;
  };

  /// None.
  SpillLists() = default;
  /// Errors: as SegmentFile; corrupt.
  static SpillLists load(const std::string& directory, const SegmentMeta& meta, std::size_t padded);

  bool empty() const noexcept { return lists_.empty(); }
  std::uint64_t memory_bytes() const noexcept {
    return bytes_.size() + sizeof(List) * lists_.size();
  }
  const List& list(std::size_t list) const { return lists_[list]; }
  /// Signs as in the list of their own (code_scan.h), about the centroid of this one.
  const std::byte* block(std::uint64_t block) const { return bytes_.data() + block * block_bytes_; }
  /// A spilled row, and the list whose own row it is.
  struct Row {
    std::uint32_t row, list;
  };
  /// The `place`-th of all.
  const Row& row(std::uint64_t place) const { return rows_[place]; }

 private:
  AlignedBytes bytes_;  // the file's
  std::size_t block_bytes_ = 0;
  std::span<const Row> rows_;
  std::vector<List> lists_;
};

/// Writes them, list after list. Threads: one at a time.
class SpillWriter {
 public:
  SpillWriter(const std::string& directory, std::size_t padded)
      : file_(directory, FileRole::spill), padded_(padded) {}
  /// The next list: its rows, for each padded / 64 words of signs and the two factors.
  void append(std::span<const SpillLists::Row> rows, std::span<const std::uint64_t> signs,
              std::span<const float> addends, std::span<const float> scales);
  FileStamp commit();

 private:
  SegmentFileWriter file_;
  std::size_t padded_;
  std::vector<SpillLists::Row> rows_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace kindred::index
