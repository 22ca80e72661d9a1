// What a reader sees of a collection: parts that never change. Tested by collection_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "index/filter.h"
#include "index/memtable.h"
#include "index/metric.h"
#include "index/row_file.h"
#include "index/row_set.h"
#include "index/rows.h"
#include "index/segment.h"
#include "index/segment_fields.h"
#include "index/tombstones.h"

namespace kindred::index {

/// A segment or a memtable with the rows deleted in it.
///
/// Threads: immutable.
class Part {
 public:
  Part(std::uint64_t number, std::shared_ptr<const Segment> segment,
       std::shared_ptr<const RowFile> rows, std::shared_ptr<const SegmentFields> fields,
       std::shared_ptr<const Tombstones> deleted);
  Part(std::shared_ptr<const Memtable> memtable, std::size_t count,
       std::shared_ptr<const Tombstones> deleted);

  /// Of its segment, 0: a memtable.
  std::uint64_t number() const noexcept { return number_; }
  const Segment* segment() const noexcept { return segment_.get(); }
  const RowFile* row_file() const noexcept { return row_file_.get(); }
  const SegmentFields* segment_fields() const noexcept { return segment_fields_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t live_count() const noexcept { return size_ - deleted_->count(); }
  bool is_live(std::size_t row) const noexcept { return !deleted_->contains(row); }
  const Tombstones& deleted() const noexcept { return *deleted_; }
  /// Null: all.
  const RowSet* live() const;
  const Rows& rows() const noexcept;

  /// The live row. Errors: corrupt.
  std::optional<std::size_t> find_key(std::uint64_t key) const;
  std::optional<std::size_t> find_id(std::string_view id) const;

  SegmentHits search(const SegmentQuery& query, Metric metric, ThreadPool& pool) const;
  void read_vectors(std::span<const std::uint32_t> rows, std::size_t dimension, float* out) const;
  /// The rows that the filter admits, deleted or not. Errors: corrupt.
  RowSet matching(const Filter& filter) const;
  /// Calls `look` with the fields of the rows, deleted ones too. Errors: corrupt.
  void with_fields(const std::function<void(const Fields&)>& look) const;

 private:
  std::uint64_t number_ = 0;
  std::shared_ptr<const Segment> segment_;
  std::shared_ptr<const RowFile> row_file_;
  std::shared_ptr<const SegmentFields> segment_fields_;
  std::shared_ptr<const Memtable> memtable_;
  std::size_t size_;
  std::shared_ptr<const Tombstones> deleted_;
  mutable std::once_flag live_once_;
  mutable RowSet live_;
};

/// Rows of a part that a filter admits, one bit for each of the part's rows (`part.size()`).
using RowFilter = std::function<RowSet(const Part& part)>;

/// Those whose fields match.
RowFilter rows_matching(Filter filter);

struct SearchRequest {
  const float* queries = nullptr;  ///< count × dimension, row-major
  std::size_t count = 0;
  std::size_t k = 10;
  SearchEffort effort;
  RowFilter filter;  ///< empty: all rows
};

struct Found {
  std::uint64_t key;
  float score;         ///< as Metric says
  std::uint32_t part;  ///< of the view
  std::uint32_t row;   ///< of the part
};

struct SearchResult {
  std::size_t k = 0;                 ///< as asked, or the most that any query found
  std::vector<Found> hits;           ///< count × k, best first, ties by the lower key
  std::vector<std::uint32_t> found;  ///< a query's hits; k whenever k rows are live and admitted
  std::uint64_t codes_scanned = 0;
  std::uint64_t vectors_read = 0;

  std::span<const Found> of(std::size_t query) const {
    return {hits.data() + query * k, found[query]};
  }
};

/// Where a row is in a view.
struct Location {
  std::uint32_t part;
  std::uint32_t row;
};

/// The state of a collection at one moment. Holding it keeps its files readable.
///
/// Threads: immutable.
class CollectionView {
 public:
  CollectionView(std::size_t dimension, Metric metric,
                 std::vector<std::shared_ptr<const Part>> parts);

  std::size_t dimension() const noexcept { return dimension_; }
  Metric metric() const noexcept { return metric_; }
  const std::vector<std::shared_ptr<const Part>>& parts() const noexcept { return parts_; }
  const Part& part(std::size_t index) const { return *parts_[index]; }
  std::uint64_t live_rows() const noexcept { return live_rows_; }

  /// Errors: bad_input for queries that are not finite or k of 0.
  SearchResult search(const SearchRequest& request, ThreadPool& pool) const;

  std::optional<Location> find_key(std::uint64_t key) const;
  std::optional<Location> find_id(std::string_view id) const;
  /// Calls `visit` with every live row, part by part.
  void for_each(const std::function<void(const Location&)>& visit) const;

  /// What rows have under a name, and all names, sorted; those of deleted rows stay until a merge.
  /// Errors: corrupt.
  FieldKinds field_kinds(std::string_view name) const;
  std::vector<std::string> field_names() const;

 private:
  std::size_t dimension_;
  Metric metric_;
  std::vector<std::shared_ptr<const Part>> parts_;
  std::uint64_t live_rows_ = 0;
};

/// Of an expression. Errors: those of parse_filter; bad_input for a field that no row of the view
/// has (field_check.h).
RowFilter rows_matching(std::string_view text, const CollectionView& view);

/// Scales each of `count` vectors to length 1; one of zeros stays as it is.
void normalize_vectors(float* vectors, std::size_t count, std::size_t dimension);

/// Errors: bad_input, naming `what` and the row counted from `first_row`.
void check_finite(const float* vectors, std::size_t count, std::size_t dimension,
                  std::string_view what, std::uint64_t first_row = 0);

}  // namespace kindred::index
