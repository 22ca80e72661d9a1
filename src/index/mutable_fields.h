// The fields of a memtable's rows. Tested by field_table_test.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "index/fields.h"

namespace kindred::index {

/// Grows by a row at a time; made for some hundred thousand rows.
///
/// Threads: as a standard container.
class MutableFields final : public Fields {
 public:
  /// The new row's number is the `rows()` of before. Errors: as FieldValues::validate.
  void append(FieldValues values);
  const FieldValues& row(std::size_t row) const { return values_.at(row); }

  std::size_t rows() const noexcept override { return values_.size(); }
  std::vector<std::string> names() const override;
  FieldKinds kinds(std::string_view field) const override;
  void select_tag(std::string_view field, std::string_view value, RowSet& out) const override;
  void select_numbers(std::string_view field, const NumberRange& range, RowSet& out) const override;
  void select_present(std::string_view field, RowSet& out) const override;
  void count_values(std::string_view field, const RowSet& rows, FacetCounts& into) const override;
  void summarize(std::string_view field, const RowSet& rows, NumberSummary& into) const override;

 private:
  struct Field {
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> tags;  // → rows, ascending
    std::vector<std::pair<std::uint32_t, double>> numbers;                // by row
  };
  const Field* find(std::string_view name) const;
  Field& field_of(const std::string& name) { return fields_[name]; }

  std::vector<FieldValues> values_;
  std::map<std::string, Field, std::less<>> fields_;
};

}  // namespace kindred::index
