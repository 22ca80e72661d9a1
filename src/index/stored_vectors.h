// The vectors that exact scores are computed from. Tested by stored_vectors_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "index/metric.h"
#include "index/segment_file.h"
#include "io/mapped_file.h"
#include "kernels/stored_distance.h"

namespace kindred::index {

using kernels::StoredType;

/// Writes one vector as `kernels::stored_bytes(type, dimension)` bytes. int8: the largest value
/// becomes 127 steps.
void store_vector(StoredType type, const float* vector, std::size_t dimension, std::byte* out);

/// Vectors in a segment's file, mapped or read when they are needed.
///
/// Threads: immutable; every method may run concurrently.
class StoredVectors {
 public:
  /// Errors: as SegmentFile; corrupt when the file is not of `rows` vectors.
  StoredVectors(const std::string& directory, StoredType type, std::size_t dimension,
                std::size_t rows, bool mapped);

  std::size_t rows() const noexcept { return rows_; }
  std::size_t vector_bytes() const noexcept { return vector_bytes_; }
  bool mapped() const noexcept { return map_ != nullptr; }
  const SegmentFile& file() const noexcept { return file_; }

  /// As stored, rows.size() × vector_bytes(). Those that are not in memory are asked of the disk
  /// all at once.
  void read(std::span<const std::uint32_t> rows, std::byte* out) const;
  /// As stored in `stored`, and widened in `floats`.
  void read_widened(std::span<const std::uint32_t> rows, std::vector<std::byte>& stored,
                    std::vector<float>& floats) const;
  /// Widened to float32, rows.size() × dimension.
  void read_floats(std::span<const std::uint32_t> rows, float* out) const;
  /// The score of one vector as stored.
  float score_stored(Metric metric, const float* query, const std::byte* stored) const noexcept;
  /// Scores of `rows` for a query, as Metric says.
  void score(Metric metric, const float* query, std::span<const std::uint32_t> rows,
             float* scores) const;

 private:
  std::uint64_t offset_of(std::size_t row) const noexcept {
    return static_cast<std::uint64_t>(row) * vector_bytes_;
  }
  const std::byte* in_place(std::size_t row) const noexcept {
    return map_->data() + SegmentFile::payload_offset() + offset_of(row);
  }

  SegmentFile file_;
  std::shared_ptr<const io::MappedFile> map_;
  StoredType type_;
  std::size_t dimension_;
  std::size_t rows_;
  std::size_t vector_bytes_;
};

}  // namespace kindred::index
