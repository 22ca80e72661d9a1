// A segment that scores every vector. Tested by segment_test.cc.
#pragma once

#include <string>
#include <vector>

#include "index/segment.h"
#include "index/segment_meta.h"
#include "index/stored_vectors.h"

namespace kindred::index {

class FlatSegment final : public Segment {
 public:
  FlatSegment(const std::string& directory, const SegmentMeta& meta, const OpenOptions& options);

  std::size_t rows() const noexcept override { return meta_.rows; }
  std::size_t dimension() const noexcept override { return meta_.dimension; }
  Metric metric() const noexcept override { return meta_.metric; }
  std::string kind() const override { return "flat"; }
  std::uint64_t memory_bytes() const noexcept override;
  SegmentHits search(const SegmentQuery& query, ThreadPool& pool) const override;
  void read_vectors(std::span<const std::uint32_t> rows, float* out) const override;
  void verify() const override;

 private:
  std::string directory_;
  SegmentMeta meta_;
  StoredVectors vectors_;
};

/// Writes the vectors in the source's order.
std::vector<std::uint32_t> build_flat(const VectorSource& source, const BuildOptions& options,
                                      const std::string& directory, ThreadPool& pool);

}  // namespace kindred::index
