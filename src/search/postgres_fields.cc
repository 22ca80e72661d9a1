// The fields that items in PostgreSQL have.
#include <fmt/format.h>

#include <algorithm>

#include "search/filter_sql.h"
#include "search/postgres_backend.h"

namespace kindred::search {

// What was there once is not asked for again. Numbers have no index: the first is searched for.
index::FieldKinds PostgresBackend::field_kinds(std::string_view name, index::FieldUse use) const {
  const std::string field(name);
  index::FieldKinds kinds;
  {
    const std::lock_guard lock(kinds_mutex_);
    if (const auto seen = kinds_.find(field); seen != kinds_.end()) kinds = seen->second;
  }
  const auto exists = [&](const char* condition, const std::string& parameter) {
    return pool_.take()
               ->run(fmt::format("SELECT EXISTS (SELECT 1 FROM {} WHERE {})::int", table("items"),
                                 condition),
                     {parameter})
               .integer(0, 0) != 0;
  };
  if (!kinds.tags && use != index::FieldUse::numbers) {
    kinds.tags =
        exists("paths && $1::text[]", sql_array(std::vector<std::string>{field + kTagSeparator}));
  }
  const bool enough = use == index::FieldUse::tags || (use == index::FieldUse::any && kinds.tags);
  if (!kinds.numbers && !enough)
    kinds.numbers = exists("numbers @? $1::jsonpath", json_path(field));
  if (!kinds.any()) return kinds;
  const std::lock_guard lock(kinds_mutex_);
  return kinds_[field] |= kinds;
}

std::vector<std::string> PostgresBackend::field_names() const {
  auto sql = pool_.take();
  const std::string sql_text =
      "WITH sampled AS (SELECT tags, numbers FROM " + table("items") +
      " LIMIT 10000) SELECT DISTINCT split_part(tag, $1, 1) FROM sampled, unnest(tags) AS tag "
      "UNION SELECT DISTINCT jsonb_object_keys(numbers) FROM sampled";
  const SqlRows rows = sql->run(sql_text, {std::string(1, kTagSeparator)});
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows.size(); ++row) names.emplace_back(rows.text(row, 0));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kindred::search
