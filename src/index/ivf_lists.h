// The table of an ivf segment's inverted lists. Tested by segment_test.cc; the layout is in
// docs/format.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/segment_file.h"
#include "index/segment_meta.h"

namespace kindred::index {

/// A list's rows are neighbours, and so are its blocks of codes.
struct InvertedList {
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  std::uint64_t first_block = 0;
  float radius = 0.0F;  ///< root of the mean squared distance of its rows to its centroid
};

struct ListTable {
  std::vector<float> mean;       ///< of the data, before rotation
  std::vector<float> centroids;  ///< lists × padded dimension: rotated, less the rotated mean
  std::vector<InvertedList> lists;

  std::uint64_t blocks() const noexcept;
  FileStamp save(const std::string& directory) const;
  /// Checked against the numbers of `meta`. Errors: as SegmentFile; corrupt.
  static ListTable load(const std::string& directory, const SegmentMeta& meta, std::size_t padded);
};

}  // namespace kindred::index
