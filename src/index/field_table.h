// The fields of a segment's rows, in a file. Tested by field_table_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/field_format.h"
#include "index/fields.h"
#include "io/mapped_file.h"

namespace kindred::index {

/// Read in place from a mapped file that FieldTableBuilder wrote. Opening checks the header, the
/// directory and all sizes; a posting or a block of a column is checked against its checksum when
/// it is read (a block once).
///
/// Threads: immutable; every method may run concurrently.
class FieldTable final : public Fields {
 public:
  /// Errors: not_found, corrupt, unsupported (a newer version).
  static std::shared_ptr<const FieldTable> open(const std::string& path);

  std::size_t rows() const noexcept override { return rows_; }
  std::vector<std::string> names() const override;
  FieldKinds kinds(std::string_view field) const override;
  void select_tag(std::string_view field, std::string_view value, RowSet& out) const override;
  void select_numbers(std::string_view field, const NumberRange& range, RowSet& out) const override;
  void select_present(std::string_view field, RowSet& out) const override;
  void count_values(std::string_view field, const RowSet& rows, FacetCounts& into) const override;
  void summarize(std::string_view field, const RowSet& rows, NumberSummary& into) const override;

  /// Every tag with its rows, and every number: what a merge reads. The set is valid during the
  /// call.
  void for_each_tag(const std::function<void(std::string_view field, std::string_view value,
                                             const RowSet& rows)>& fn) const;
  void for_each_number(
      const std::function<void(std::string_view field, std::size_t row, double value)>& fn) const;

  /// Bytes of the file, all of it mapped and none of it held.
  std::uint64_t file_bytes() const noexcept { return file_->size(); }
  /// Reads everything. Errors: corrupt, naming the file and the place.
  void verify() const;

 private:
  explicit FieldTable(std::shared_ptr<const io::MappedFile> file);
  void check_header();
  void check_directory();
  void check_field(const FieldRecord& field, std::uint64_t& next_term, std::uint64_t& next_block);
  void check_terms(const FieldRecord& field) const;

  const FieldRecord* find(std::string_view name, bool numbers) const;
  std::string_view text(std::uint64_t offset, std::uint32_t bytes) const {
    return texts_.substr(offset, bytes);
  }
  std::string_view name(const FieldRecord& field) const {
    return text(field.name_offset, field.name_bytes);
  }
  std::string_view value(const TermRecord& term) const {
    return text(term.text_offset, term.text_bytes);
  }
  std::span<const TermRecord> terms(const FieldRecord& field) const {
    return terms_.subspan(field.first, field.count);
  }
  std::span<const std::byte> posting(const TermRecord& term) const;
  void add(const TermRecord& term, RowSet& out) const;
  void check_block(const FieldRecord& field, std::size_t block) const;
  template <typename T>
  const T* column(const FieldRecord& field) const {
    return reinterpret_cast<const T*>(file_->data() + field.first);
  }
  template <typename Fn>
  void for_each_value(const FieldRecord& field, const RowSet* rows, const Fn& fn) const;
  void verify_tags(const FieldRecord& field) const;
  void verify_numbers(const FieldRecord& field) const;
  template <typename... Args>
  [[noreturn]] void corrupt(const Args&... what) const;

  std::shared_ptr<const io::MappedFile> file_;
  std::size_t rows_ = 0;
  FieldHeader header_{};
  std::span<const FieldRecord> fields_;
  std::span<const TermRecord> terms_;
  std::span<const std::uint32_t> block_crcs_;
  std::string_view texts_;
  std::unique_ptr<std::atomic<bool>[]> checked_;  // a block each
};

}  // namespace kindred::index
