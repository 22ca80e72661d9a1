// Writes the file of a LexicalSegment. Tested by lexical_segment_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/atomic_file.h"
#include "search/bm25.h"
#include "search/lexical_format.h"
#include "search/lexical_segment.h"

namespace kindred::search {

struct Posting {
  std::uint32_t row;
  std::uint8_t impact;
  bool operator==(const Posting&) const = default;
};

/// Takes terms in ascending order. Memory: the texts and 24 bytes a term.
///
/// Threads: one at a time.
class LexicalSegmentWriter {
 public:
  LexicalSegmentWriter(const std::string& path, const Bm25& bm25,
                       io::FileSystem& files = io::system_files());

  /// `postings` ascend by row, at least one, with impacts > 0.
  void add(std::string_view term, std::span<const Posting> postings);
  /// Makes the file appear, synced. `keys` ascend; row r has keys[r].
  void finish(std::span<const std::uint64_t> keys, std::uint64_t total_length);

 private:
  void write(std::span<const std::byte> bytes);

  io::AtomicFile file_;
  LexicalHeader header_{};
  std::vector<TermRecord> terms_;
  std::string texts_;
  std::vector<std::uint32_t> page_crcs_;
  std::uint32_t page_crc_ = 0;
  std::size_t page_bytes_ = 0;
  std::vector<std::byte> chunk_;
};

struct MergeSource {
  const LexicalSegment* segment;
  std::vector<std::uint32_t> row_of;  ///< new row of each row; kDroppedRow: it goes
};
inline constexpr std::uint32_t kDroppedRow = ~std::uint32_t{0};

/// One segment of several with the same ranking. `row_of` of each source ascends over the rows that
/// stay; `keys` and `total_length` are the new segment's.
void merge_segments(std::span<const MergeSource> sources, std::span<const std::uint64_t> keys,
                    std::uint64_t total_length, const std::string& path,
                    io::FileSystem& files = io::system_files());

}  // namespace kindred::search
