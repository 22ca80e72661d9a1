// The live rows of some parts as one source to build a segment from. Tested by
// merge_source_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "index/collection_view.h"
#include "index/rows.h"
#include "index/segment.h"

namespace kindred::index {

/// Rows in the order of the parts, and within a part in its own. Memory: a bit a row.
///
/// Threads: immutable.
class MergeSource final : public VectorSource, public Rows {
 public:
  MergeSource(std::size_t dimension, std::vector<std::shared_ptr<const Part>> parts);

  std::size_t rows() const noexcept override { return starts_.back(); }
  std::size_t dimension() const noexcept override { return dimension_; }
  void read(std::size_t begin, std::size_t count, float* out) const override;

  std::uint64_t key(std::size_t row) const override;
  std::string_view id(std::size_t row) const override;
  std::string_view payload(std::size_t row) const override;
  std::string_view fields(std::size_t row) const override;

 private:
  // Finds the n-th live row of a part.
  class LiveRows {
   public:
    explicit LiveRows(const Part& part);
    std::size_t select(std::size_t rank) const;

   private:
    static constexpr std::size_t kStep = 8;  // words between two counts
    const RowSet* live_;
    std::vector<std::uint32_t> before_;  // live rows before each step
  };
  struct Place {
    std::size_t part;
    std::size_t row;
  };
  Place locate(std::size_t row) const;

  std::size_t dimension_;
  std::vector<std::shared_ptr<const Part>> parts_;
  std::vector<LiveRows> live_;
  std::vector<std::size_t> starts_;  // of each part, and the total
};

}  // namespace kindred::index
