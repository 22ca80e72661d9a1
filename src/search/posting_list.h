// The documents that have a term, in blocks that can be stepped over.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::search {

inline constexpr std::size_t kBlockPostings = 128;

/// Rows ascend. Block i holds kBlockPostings postings, the last one what is left.
///
/// Threads: const methods may run concurrently.
class PostingList {
 public:
  virtual ~PostingList() = default;

  /// How many rows have the term, > 0.
  virtual std::uint64_t count() const noexcept = 0;
  std::size_t blocks() const noexcept { return (count() + kBlockPostings - 1) / kBlockPostings; }
  virtual std::uint32_t last_row(std::size_t block) const = 0;
  /// No posting of the block has a larger impact.
  virtual std::uint8_t max_impact(std::size_t block) const = 0;
  /// Writes a block's rows and impacts (room for kBlockPostings each) and returns how many. Errors:
  /// corrupt.
  virtual std::size_t decode(std::size_t block, std::uint32_t* rows,
                             std::uint8_t* impacts) const = 0;
};

}  // namespace kindred::search
