#include "index/filter.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "index/filter_number.h"

namespace kindred::index {
namespace {

RowSet evaluate_all(const std::vector<Filter>& children, const Fields& fields) {
  RowSet rows(fields.rows(), true);
  for (const Filter& child : children) {
    if (child.kind == Filter::Kind::none_of) {
      rows -= evaluate(child.children.front(), fields);
    } else {
      rows &= evaluate(child, fields);
    }
  }
  return rows;
}

RowSet evaluate_any(const std::vector<Filter>& children, const Fields& fields) {
  RowSet rows(fields.rows());
  for (const Filter& child : children) rows |= evaluate(child, fields);
  return rows;
}

RowSet evaluate_values(const Filter& filter, const Fields& fields) {
  RowSet rows(fields.rows());
  for (const std::string& value : filter.values) {
    fields.select_tag(filter.field, value, rows);
    if (const auto number = parse_number(value)) {
      fields.select_numbers(filter.field, {.low = *number, .high = *number}, rows);
    }
  }
  return rows;
}

void collect_fields(const Filter& filter, std::set<std::string>& names) {
  if (!filter.field.empty()) names.insert(filter.field);
  for (const Filter& child : filter.children) collect_fields(child, names);
}

}  // namespace

RowSet evaluate(const Filter& filter, const Fields& fields) {
  switch (filter.kind) {
    case Filter::Kind::all_of:
      return evaluate_all(filter.children, fields);
    case Filter::Kind::any_of:
      return evaluate_any(filter.children, fields);
    case Filter::Kind::none_of: {
      RowSet rows = evaluate(filter.children.front(), fields);
      rows.invert();
      return rows;
    }
    case Filter::Kind::values:
      return evaluate_values(filter, fields);
    case Filter::Kind::range: {
      RowSet rows(fields.rows());
      fields.select_numbers(filter.field, filter.range, rows);
      return rows;
    }
    case Filter::Kind::present:
      break;
  }
  RowSet rows(fields.rows());
  fields.select_present(filter.field, rows);
  return rows;
}

std::vector<std::string> fields_of(const Filter& filter) {
  std::set<std::string> names;
  collect_fields(filter, names);
  return {names.begin(), names.end()};
}

std::optional<double> parse_number(std::string_view text) noexcept {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool finite = value - value == 0.0;
  return error == std::errc() && stop == end && finite ? std::optional(value) : std::nullopt;
}

}  // namespace kindred::index
