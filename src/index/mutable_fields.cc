#include "index/mutable_fields.h"

#include <utility>

#include "base/error.h"

namespace kindred::index {

void MutableFields::append(FieldValues values) {
  values.validate();
  const auto row = static_cast<std::uint32_t>(values_.size());
  for (const Tag& tag : values.tags) {
    std::vector<std::uint32_t>& rows = field_of(tag.field).tags[tag.value];
    if (rows.empty() || rows.back() != row) rows.push_back(row);
  }
  for (const Number& number : values.numbers) {
    auto& numbers = field_of(number.field).numbers;
    if (!numbers.empty() && numbers.back().first == row) numbers.pop_back();  // the last counts
    numbers.emplace_back(row, number.value);
  }
  values_.push_back(std::move(values));
}

const MutableFields::Field* MutableFields::find(std::string_view name) const {
  const auto found = fields_.find(name);
  return found != fields_.end() ? &found->second : nullptr;
}

std::vector<std::string> MutableFields::names() const {
  std::vector<std::string> names;
  for (const auto& [name, field] : fields_) names.push_back(name);
  return names;
}

FieldKinds MutableFields::kinds(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr) return {};
  return {!field->tags.empty(), !field->numbers.empty()};
}

void MutableFields::select_tag(std::string_view field_name, std::string_view value,
                               RowSet& out) const {
  require(out.rows() == rows(), "MutableFields: a set of other rows");
  const Field* field = find(field_name);
  if (field == nullptr) return;
  const auto exact = field->tags.find(value);
  if (exact != field->tags.end()) {
    for (const std::uint32_t row : exact->second) out.insert(row);
  }
  const std::string beneath = std::string(value).append(kPathSeparator);
  for (auto tag = field->tags.lower_bound(beneath);
       tag != field->tags.end() && tag->first.starts_with(beneath); ++tag) {
    for (const std::uint32_t row : tag->second) out.insert(row);
  }
}

void MutableFields::select_numbers(std::string_view field_name, const NumberRange& range,
                                   RowSet& out) const {
  require(out.rows() == rows(), "MutableFields: a set of other rows");
  const Field* field = find(field_name);
  if (field == nullptr) return;
  for (const auto& [row, value] : field->numbers) {
    if (range.contains(value)) out.insert(row);
  }
}

void MutableFields::select_present(std::string_view field_name, RowSet& out) const {
  require(out.rows() == rows(), "MutableFields: a set of other rows");
  const Field* field = find(field_name);
  if (field == nullptr) return;
  for (const auto& [value, tagged] : field->tags) {
    for (const std::uint32_t row : tagged) out.insert(row);
  }
  for (const auto& [row, value] : field->numbers) out.insert(row);
}

void MutableFields::count_values(std::string_view field_name, const RowSet& rows_wanted,
                                 FacetCounts& into) const {
  require(rows_wanted.rows() == rows(), "MutableFields: a set of other rows");
  const Field* field = find(field_name);
  if (field == nullptr) return;
  for (const auto& [value, tagged] : field->tags) {
    std::uint64_t count = 0;
    for (const std::uint32_t row : tagged) count += rows_wanted.contains(row) ? 1 : 0;
    if (count > 0) into[value] += count;
  }
}

void MutableFields::summarize(std::string_view field_name, const RowSet& rows_wanted,
                              NumberSummary& into) const {
  require(rows_wanted.rows() == rows(), "MutableFields: a set of other rows");
  const Field* field = find(field_name);
  if (field == nullptr) return;
  for (const auto& [row, value] : field->numbers) {
    if (rows_wanted.contains(row)) into.add(value);
  }
}

}  // namespace kindred::index
