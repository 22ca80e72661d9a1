// How a segment is built, chosen from its data and the memory. Tested by planner_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "index/segment.h"

namespace kindred::index {

struct Plan {
  SegmentKind kind = SegmentKind::flat;
  std::size_t lists = 0;
  unsigned bits = 0;
  std::size_t sample_rows = 0;  ///< that centroids are trained on
  bool hold_out = false;        ///< some rows are not trained on, but tried in calibration
  std::size_t partitions = 1;   ///< in which rows are brought into list order
  std::size_t block_rows = 1;   ///< read from the source at once
  bool spill = false;           ///< every row is put into a second list too
};

/// Errors: exhausted when no ivf segment of these rows fits into the memory; bad_input for options
/// out of range.
Plan make_plan(std::uint64_t rows, std::size_t dimension, const BuildOptions& options);

}  // namespace kindred::index
