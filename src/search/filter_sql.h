// Filters as SQL. Tested by engine_test.cc, with a real server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "index/filter.h"

namespace kindred::search {

/// Between field and value of a tag in the arrays that PostgresBackend stores.
inline constexpr char kTagSeparator = '\x1f';

/// A condition over the columns `paths` (text[]: each tag and each path above it as
/// field kTagSeparator value, and field kTagSeparator for every field that has a tag) and `numbers`
/// (jsonb). Appends what its $n stand for to `parameters`; nothing of the filter is in the SQL
/// itself.
std::string to_sql(const index::Filter& filter, std::vector<std::string>& parameters);

/// Where `numbers` has a field's number: a jsonpath, for a parameter.
std::string json_path(std::string_view field);

/// What `paths` holds for a row.
std::vector<std::string> tag_paths(const index::FieldValues& values);
/// What `tags` holds for a row: field kTagSeparator value.
std::vector<std::string> tag_pairs(const index::FieldValues& values);

}  // namespace kindred::search
