// A segment of inverted lists with codes in memory and vectors behind them. Tested by
// ivf_segment_test.cc.
#pragma once

#include <string>
#include <vector>

#include "index/aligned_bytes.h"
#include "index/ivf_lists.h"
#include "index/ivf_router.h"
#include "index/rotation.h"
#include "index/segment.h"
#include "index/segment_meta.h"
#include "index/spill_lists.h"
#include "index/stored_vectors.h"

namespace kindred::index {

/// What a search did, for calibration.
struct IvfTrace {
  std::uint64_t compared = 0;  ///< centroids compared closely, of all queries
  std::uint64_t probes = 0;    ///< lists scanned
  std::uint64_t codes = 0;     ///< signs scanned
  std::uint64_t blocks = 0;    ///< of signs
  std::uint64_t refined = 0;   ///< second codes
  std::uint64_t spilled = 0;   ///< of them, of rows that were found in their second list
  std::uint64_t read = 0;      ///< vectors
};

class IvfSegment final : public Segment {
 public:
  IvfSegment(const std::string& directory, SegmentMeta meta, const OpenOptions& options);

  std::size_t rows() const noexcept override { return meta_.rows; }
  std::size_t dimension() const noexcept override { return meta_.dimension; }
  Metric metric() const noexcept override { return meta_.metric; }
  std::string kind() const override { return "ivf"; }
  std::uint64_t memory_bytes() const noexcept override;
  SegmentHits search(const SegmentQuery& query, ThreadPool& pool) const override;
  void read_vectors(std::span<const std::uint32_t> rows, float* out) const override;
  void verify() const override;

  /// Searches lists as `tuning` says; `query.effort.recall` is not looked at.
  SegmentHits search_lists(const SegmentQuery& query, const Tuning& tuning, ThreadPool& pool,
                           IvfTrace* trace = nullptr) const;
  /// The tuning for a recall of k hits when a filter leaves this share of the rows: of the
  /// calibrated k and selectivity next below, whichever asks more.
  Tuning tuning_for(double recall, std::size_t k, double selectivity) const;
  /// Scoring so many rows, or fewer, takes less time than looking for the best among their codes.
  std::size_t most_scored() const noexcept;
  bool has_spill() const noexcept { return !spill_.empty(); }

  const StoredVectors& vectors() const noexcept { return vectors_; }
  const SegmentMeta& meta() const noexcept { return meta_; }

 private:
  friend class IvfSearch;
  /// Whether a filter that leaves so many rows is answered by scoring all of them: few, or a share
  /// below what lists were calibrated for (with other memory than now, maybe).
  bool scores_exactly(std::size_t allowed) const noexcept;
  const TuningTable* table_for(std::size_t k) const noexcept;
  const TuningTable* filter_table_for(double selectivity) const noexcept;

  std::string directory_;
  SegmentMeta meta_;
  Rotation rotation_;
  ListTable table_;
  IvfRouter router_;
  AlignedBytes codes_;   // blocks of code_scan.h
  AlignedBytes refine_;  // rows of rabitq.h's second codes; empty for bits = 1
  SpillLists spill_;
  StoredVectors vectors_;
};

}  // namespace kindred::index
