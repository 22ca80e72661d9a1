// What is known of a segment before its vectors are touched. Tested by segment_test.cc; the layout
// is in docs/format.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/segment.h"
#include "index/segment_file.h"

namespace kindred::index {

/// How an ivf segment is searched for a recall.
struct Tuning {
  double recall = 0.0;  ///< measured on sampled queries, less its standard error
  float spread =
      0.0F;  ///< how far beyond its centroid a list is thought to reach (see ivf_router.h)
  float bound = 0.0F;  ///< standard deviations of an estimate's error that are allowed for
  std::uint32_t probes =
      0;               ///< most lists that are scanned, those without an allowed row not counted
  bool spill = false;  ///< rows are looked for in their second lists too
};

/// Tunings for queries whose filter leaves about this share of the rows, by rising recall.
struct TuningTable {
  std::uint32_t k = 10;  ///< hits that were asked for
  double selectivity = 1.0;
  std::vector<Tuning> tunings;
};

struct SegmentMeta {
  SegmentKind kind = SegmentKind::flat;  ///< flat or ivf
  Metric metric = Metric::cosine;
  StoredType stored = StoredType::float16;
  unsigned bits = 0;  ///< ivf
  std::uint64_t dimension = 0;
  std::uint64_t rows = 0;
  std::uint64_t lists = 0;                       ///< ivf
  std::uint64_t seed = 0;                        ///< ivf: of the rotation
  FileStamp vectors, list_table, codes, refine;  ///< the last three: ivf
  FileStamp spill;  ///< ivf: rows in a second list each; of no bytes when there are none
  std::vector<TuningTable>
      calibration;  ///< ivf; those without a filter by rising k, then one k by falling selectivity

  /// Writes meta.kseg, whose appearance completes a segment.
  void save(const std::string& directory) const;
  /// Errors: as SegmentFile; corrupt for values that cannot be.
  static SegmentMeta load(const std::string& directory);
};

/// What a segment may hold.
inline constexpr std::uint64_t kMaxDimension = 4096;
inline constexpr std::uint64_t kMaxRows = 0xFFFFFFFE;

}  // namespace kindred::index
