// Which segments to merge. Tested by merge_policy_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kindred::index {

struct SegmentSize {
  std::uint64_t rows;
  std::uint64_t live;
};

/// Size-tiered: four segments of about the same size (within a factor of 4) become one, the
/// smallest first, so that a row is rewritten about log₄ n times; a segment that is empty, or of
/// which a third is deleted, is rewritten alone. Indices into `segments`, ascending; empty: nothing
/// to do.
std::vector<std::size_t> choose_merge(std::span<const SegmentSize> segments);

}  // namespace kindred::index
