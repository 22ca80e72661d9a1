#include "tasks/query_kinds.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "index/fields.h"
#include "search/analyzer.h"
#include "tasks/retrieval.h"

namespace kindred::tasks {
namespace {

constexpr std::string_view kPopularity = "popularity";

std::string length_group(std::size_t words) {
  if (words <= 2) return words <= 1 ? "1 word" : "2 words";
  return words <= 4 ? "3–4 words" : words <= 8 ? "5–8 words" : "9 and more";
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The path's first levels.
std::string first_levels(const std::string& path, std::size_t levels) {
  std::size_t end = 0;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t next = path.find(index::kPathSeparator, end + (level > 0 ? 1 : 0));
    if (next == std::string::npos) return path;
    end = next;
  }
  return path.substr(0, end);
}

// "category:2" is the column "category" cut at two levels; a column of that very name comes first.
struct ColumnRequest {
  std::string name;
  std::size_t levels = 0;  // 0: the whole value
};

ColumnRequest parse_column(const std::vector<eval::Record>& queries, const std::string& text) {
  const auto exists = [&](const std::string& name) {
    return std::any_of(queries.begin(), queries.end(),
                       [&](const eval::Record& query) { return query.columns.count(name) > 0; });
  };
  if (exists(text)) return {text, 0};
  const std::size_t colon = text.rfind(':');
  std::size_t levels = 0;
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, levels);
    const std::string name = text.substr(0, colon);
    if (parsed.ec == std::errc() && parsed.ptr == end && levels > 0 && exists(name))
      return {name, levels};
  }
  std::set<std::string> names;
  for (const eval::Record& query : queries)
    for (const auto& [name, value] : query.columns) names.insert(name);
  fail(ErrorKind::not_found, "no query has a column '{}' to slice by; there are: {}", text,
       names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

bool has_column(const std::vector<eval::Record>& queries, std::string_view name) {
  return std::any_of(queries.begin(), queries.end(), [&](const eval::Record& query) {
    return query.columns.count(std::string(name)) > 0;
  });
}

}  // namespace

eval::Slicing by_length(const std::vector<eval::Record>& queries) {
  eval::Slicing slicing{"length",
                        "By query length",
                        "Words as the search by words takes them.",
                        {},
                        {"1 word", "2 words", "3–4 words", "5–8 words", "9 and more"}};
  for (const eval::Record& query : queries) {
    const std::string text = passage_of(query);
    slicing.group_of[query.id] =
        length_group(search::analyze_query(text, language_of(query)).size());
  }
  return slicing;
}

eval::Slicing by_attribute(const std::vector<eval::Record>& queries) {
  eval::Slicing slicing{"attribute",
                        "By attributes in the query",
                        "Queries with a number: a size, a capacity, a model.",
                        {},
                        {"with an attribute", "without"}};
  for (const eval::Record& query : queries) {
    bool found = false;
    for (const search::QueryWord& word :
         search::analyze_query(passage_of(query), language_of(query)))
      found = found || has_digit(word.term);
    slicing.group_of[query.id] = found ? "with an attribute" : "without";
  }
  return slicing;
}

eval::Slicing by_column(const std::vector<eval::Record>& queries, const std::string& column) {
  const ColumnRequest request = parse_column(queries, column);
  std::unordered_map<std::string, std::string> values;
  for (const eval::Record& query : queries) {
    const auto found = query.columns.find(request.name);
    if (found != query.columns.end() && !found->second.empty()) values[query.id] = found->second;
  }
  if (request.name == kPopularity) return eval::popularity_slicing(values);
  eval::Slicing slicing{column, "By " + column, {}, {}, {}};
  for (auto& [query, value] : values)
    slicing.group_of[query] =
        request.levels == 0 ? std::move(value) : first_levels(value, request.levels);
  return slicing;
}

std::vector<eval::Slicing> slicings_of(const std::vector<eval::Record>& queries,
                                       const std::vector<std::string>& columns) {
  std::vector<eval::Slicing> slicings;
  for (const std::string_view name : {std::string_view("language"), kPopularity})
    if (has_column(queries, name)) slicings.push_back(by_column(queries, std::string(name)));
  slicings.push_back(by_length(queries));
  slicings.push_back(by_attribute(queries));
  for (const std::string& column : columns) {
    eval::Slicing slicing = by_column(queries, column);
    const bool is_there = std::any_of(slicings.begin(), slicings.end(),
                                      [&](const auto& other) { return other.key == slicing.key; });
    if (!is_there) slicings.push_back(std::move(slicing));
  }
  return slicings;
}

}  // namespace kindred::tasks
