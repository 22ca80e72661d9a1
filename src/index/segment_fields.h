// The fields of a segment's rows, for filters. Tested by collection_fields_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "index/field_table.h"
#include "index/filter.h"
#include "index/mutable_fields.h"
#include "index/row_file.h"
#include "io/file_system.h"

namespace kindred::index {

/// The segment's table of fields. A segment of an older Kindred has none: its fields are then read
/// from its rows, all of them into memory, when a filter first asks; a merge writes the table.
///
/// Threads: every method may run concurrently.
class SegmentFields {
 public:
  /// Errors: corrupt; unsupported (a newer version).
  static std::shared_ptr<const SegmentFields> open(const std::string& path,
                                                   std::shared_ptr<const RowFile> rows);
  RowSet matching(const Filter& filter) const { return evaluate(filter, fields()); }
  const Fields& fields() const;
  /// Errors: corrupt.
  void verify() const;

 private:
  SegmentFields(std::shared_ptr<const FieldTable> table, std::shared_ptr<const RowFile> rows)
      : table_(std::move(table)), rows_(std::move(rows)) {}

  std::shared_ptr<const FieldTable> table_;  // null: of an older Kindred
  std::shared_ptr<const RowFile> rows_;
  mutable std::once_flag once_;
  mutable MutableFields read_;
};

/// The memory for write_segment_fields where all may use `ram_bytes` (0: no bound).
std::size_t field_memory(std::uint64_t ram_bytes) noexcept;

/// Writes the table, synced: its row r is row `order[r]` of `source`. Memory: `memory_bytes` and
/// what FieldTableBuilder says. Errors: exhausted when the distinct tags need more.
void write_segment_fields(io::FileSystem& files, const std::string& path, const Rows& source,
                          std::span<const std::uint32_t> order, std::size_t memory_bytes);

}  // namespace kindred::index
