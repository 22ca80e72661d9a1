// The newest rows of a collection, in memory, searched exactly. Tested by memtable_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/thread_pool.h"
#include "index/filter.h"
#include "index/metric.h"
#include "index/mutable_fields.h"
#include "index/mutation.h"
#include "index/row_set.h"
#include "index/rows.h"
#include "index/segment.h"
#include "index/tombstones.h"

namespace kindred::index {

/// Rows in the order of their coming; a row is never changed once it is in.
///
/// Threads: one thread appends and looks up; others may read rows that were appended before a count
/// was handed to them (under a lock or the like).
class Memtable final : public Rows {
 public:
  static constexpr std::size_t kMaxRows = std::size_t{1} << 17;

  explicit Memtable(std::size_t dimension);

  /// Its row. Errors: internal beyond kMaxRows.
  std::size_t append(const Mutation& put);
  /// The newest row with that key or id, deleted or not.
  std::optional<std::size_t> find_key(std::uint64_t key) const;
  std::optional<std::size_t> find_id(std::string_view id) const;
  std::uint64_t bytes() const noexcept { return bytes_; }

  std::size_t rows() const noexcept override { return rows_; }
  std::uint64_t key(std::size_t row) const override { return chunk(row).keys[row % kChunkRows]; }
  std::string_view id(std::size_t row) const override;
  std::string_view payload(std::size_t row) const override;
  std::string_view fields(std::size_t row) const override;
  const float* vector(std::size_t row) const {
    return chunk(row).vectors.data() + row % kChunkRows * dimension_;
  }

  /// As Segment::search among the first `count` rows, exactly.
  SegmentHits search(const SegmentQuery& query, Metric metric, std::size_t count,
                     ThreadPool& pool) const;
  /// Which of the first `count` rows the filter admits. What filters read is made of the rows'
  /// fields when it is first asked for: searches wait for each other here, writes for nobody.
  RowSet matching(const Filter& filter, std::size_t count) const;
  /// Calls `look` with the fields of the first `count` rows, and perhaps of later ones.
  void with_fields(std::size_t count, const std::function<void(const Fields&)>& look) const;

 private:
  static constexpr std::size_t kChunkRows = 256;
  struct Texts {
    std::unique_ptr<char[]> bytes;  // id, payload, fields
    std::uint32_t id = 0;
    std::uint32_t payload = 0;
    std::uint32_t fields = 0;
  };
  struct Chunk {
    explicit Chunk(std::size_t values) : vectors(values) {}
    std::vector<float> vectors;
    std::array<std::uint64_t, kChunkRows> keys;
    std::array<Texts, kChunkRows> texts;
  };
  const Chunk& chunk(std::size_t row) const { return *chunks_[row / kChunkRows]; }
  const Texts& texts(std::size_t row) const { return chunk(row).texts[row % kChunkRows]; }

  std::size_t dimension_;
  std::size_t rows_ = 0;
  std::uint64_t bytes_ = 0;
  // Sized once: a reader may look at it while a chunk is added.
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_key_;
  std::unordered_map<std::string_view, std::uint32_t> by_id_;  // views of the chunks' texts

  mutable std::mutex filter_mutex_;
  mutable MutableFields filtered_;  // of the first rows
};

}  // namespace kindred::index
