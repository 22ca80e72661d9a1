#include "search/filter_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "index/filter_number.h"
#include "search/postgres_connection.h"

namespace kindred::search {
namespace {

std::string parameter(std::string value, std::string_view type,
                      std::vector<std::string>& parameters) {
  parameters.push_back(std::move(value));
  return fmt::format("${}::{}", parameters.size(), type);
}

// Conditions on numbers are paths of JSON: postgres_fdw hands those on to a partition, and no
// comparison of texts out of the document, whose collation would matter.
std::string numbers_match(std::string path, std::vector<std::string>& parameters) {
  return "numbers @@ " + parameter(std::move(path), "jsonpath", parameters);
}

std::string pair(const std::string& field, std::string_view value) {
  return field + kTagSeparator + std::string(value);
}

std::string values_sql(const index::Filter& filter, std::vector<std::string>& parameters) {
  std::vector<std::string> pairs;
  std::string equal;
  for (const std::string& value : filter.values) {
    pairs.push_back(pair(filter.field, value));
    const auto number = index::parse_number(value);
    if (!number || !std::isfinite(*number)) continue;
    equal +=
        fmt::format("{}{} == {}", equal.empty() ? "" : " || ", json_path(filter.field), *number);
  }
  std::string sql = "paths && " + parameter(sql_array(pairs), "text[]", parameters);
  if (!equal.empty()) sql += " OR " + numbers_match(std::move(equal), parameters);
  return sql;
}

std::string range_sql(const index::Filter& filter, std::vector<std::string>& parameters) {
  const std::string number = json_path(filter.field);
  std::string path = fmt::format("exists({})", number);
  if (std::isfinite(filter.range.low)) {
    path +=
        fmt::format(" && {} {} {}", number, filter.range.above_low ? ">" : ">=", filter.range.low);
  }
  if (std::isfinite(filter.range.high)) {
    path += fmt::format(" && {} {} {}", number,
                        filter.range.below_high ? "<" : "<=", filter.range.high);
  }
  return numbers_match(std::move(path), parameters);
}

std::string joined(const index::Filter& filter, std::string_view between, std::string_view none,
                   std::vector<std::string>& parameters) {
  std::string sql;
  for (const index::Filter& child : filter.children) {
    if (!sql.empty()) sql += between;
    sql += to_sql(child, parameters);
  }
  return sql.empty() ? std::string(none) : sql;
}

}  // namespace

std::string json_path(std::string_view field) {
  // Texts of a path are written as in JSON.
  return "$." +
         nlohmann::json(field).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_sql(const index::Filter& filter, std::vector<std::string>& parameters) {
  using Kind = index::Filter::Kind;
  switch (filter.kind) {
    case Kind::all_of:
      return "(" + joined(filter, " AND ", "true", parameters) + ")";
    case Kind::any_of:
      return "(" + joined(filter, " OR ", "false", parameters) + ")";
    case Kind::none_of:
      return "(NOT (" + joined(filter, " OR ", "false", parameters) + "))";
    case Kind::values:
      return "(" + values_sql(filter, parameters) + ")";
    case Kind::range:
      return "(" + range_sql(filter, parameters) + ")";
    case Kind::present:
      return fmt::format("(paths && {} OR numbers @? {})",
                         parameter(sql_array(std::vector<std::string>{pair(filter.field, "")}),
                                   "text[]", parameters),
                         parameter(json_path(filter.field), "jsonpath", parameters));
  }
  return "false";
}

std::vector<std::string> tag_pairs(const index::FieldValues& values) {
  std::vector<std::string> pairs;
  for (const index::Tag& tag : values.tags) pairs.push_back(pair(tag.field, tag.value));
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

std::vector<std::string> tag_paths(const index::FieldValues& values) {
  std::vector<std::string> paths;
  for (const index::Tag& tag : values.tags) {
    paths.push_back(pair(tag.field, ""));
    paths.push_back(pair(tag.field, tag.value));
    for (std::size_t at = tag.value.find(index::kPathSeparator); at != tag.value.npos;
         at = tag.value.find(index::kPathSeparator, at + 1)) {
      paths.push_back(pair(tag.field, std::string_view(tag.value).substr(0, at)));
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace kindred::search
