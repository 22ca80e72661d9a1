// Writes the file of a FieldTable. Tested by field_table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "index/field_table.h"
#include "index/fields.h"
#include "io/file_system.h"

namespace kindred::index {

/// Takes the fields of rows in any order and writes them in the segment's order. What does not fit
/// in memory lies in temporary files beside the result.
///
/// Memory: `memory_bytes`, and in `finish` 4 bytes a row for the order and 8 for one column of
/// numbers. Disk while it runs: 4 bytes a tag, 16 a number.
///
/// Threads: one at a time.
class FieldTableBuilder {
 public:
  static constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kMemoryBytes = std::size_t{256} << 20;

  /// `path`: the file to write; its directory exists.
  explicit FieldTableBuilder(std::string path, std::size_t memory_bytes = kMemoryBytes,
                             io::FileSystem& files = io::system_files());
  ~FieldTableBuilder();
  FieldTableBuilder(const FieldTableBuilder&) = delete;
  FieldTableBuilder& operator=(const FieldTableBuilder&) = delete;

  /// Adds to the fields of `row`. Errors: as FieldValues::validate; exhausted when the distinct
  /// tags need more than half of the memory, naming the field that has most.
  void add(std::uint32_t row, const FieldValues& values);
  /// Adds all of `table`, whose row r is row `row_of[r]` here, or is left out where that is
  /// kDropped. For merging segments.
  void add(const FieldTable& table, std::span<const std::uint32_t> row_of);

  /// Writes the file, synced and whole or not at all. Row r of it is the added row `order[r]`, as
  /// build_segment returns it; rows that `order` does not name are left out. Nothing may be added
  /// afterwards. Errors: bad_input when `order` names a row twice.
  void finish(std::span<const std::uint32_t> order);
  /// In the order of the rows as added, `rows` of them. Errors: bad_input when more were added.
  void finish(std::size_t rows);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::index
