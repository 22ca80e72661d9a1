#include "index/segment_fields.h"

#include <algorithm>

#include "base/error.h"
#include "index/field_table_builder.h"
#include "io/file.h"

namespace kindred::index {

std::shared_ptr<const SegmentFields> SegmentFields::open(const std::string& path,
                                                         std::shared_ptr<const RowFile> rows) {
  std::shared_ptr<const FieldTable> table;
  if (io::is_file(path)) {
    table = FieldTable::open(path);
    if (table->rows() != rows->rows()) {
      fail(ErrorKind::corrupt, "{} is of {} rows and its segment has {}; restore it from a backup",
           path, table->rows(), rows->rows());
    }
  }
  return std::shared_ptr<const SegmentFields>(new SegmentFields(std::move(table), std::move(rows)));
}

const Fields& SegmentFields::fields() const {
  if (table_) return *table_;
  std::call_once(once_, [this] {
    MutableFields fields;
    for (std::size_t row = 0; row < rows_->rows(); ++row)
      fields.append(decode_fields(rows_->fields(row)));
    read_ = std::move(fields);
  });
  return read_;
}

void SegmentFields::verify() const {
  if (table_) table_->verify();
}

std::size_t field_memory(std::uint64_t ram_bytes) noexcept {
  constexpr std::uint64_t kLeast = std::uint64_t{16} << 20, kMost = std::uint64_t{1} << 30;
  return ram_bytes == 0 ? kMost : std::clamp(ram_bytes / 4, kLeast, kMost);
}

void write_segment_fields(io::FileSystem& files, const std::string& path, const Rows& source,
                          std::span<const std::uint32_t> order, std::size_t memory_bytes) {
  FieldTableBuilder builder(path, memory_bytes, files);
  for (std::uint32_t row = 0; row < source.rows(); ++row) {
    builder.add(row, decode_fields(source.fields(row)));
  }
  builder.finish(order);
}

}  // namespace kindred::index
