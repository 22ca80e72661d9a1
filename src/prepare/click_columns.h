// Which column of a click log says what. Tested by click_log_reader_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "prepare/click_log.h"

namespace kindred::prepare {

/// What a column may say.
enum class ClickRole : std::uint8_t {
  type,
  query,
  item,
  items,      ///< those shown: ids, or objects with id, position, clicked, …
  position,   ///< of the item
  positions,  ///< of the items
  clicks,     ///< ids of those clicked, or 0 and 1 an item
  carts,      ///< likewise
  orders,     ///< likewise
  time,
  user,
  session,
  search,  ///< an id that one query and what became of it have in common
  language,
  agent,
  page,
  page_size,
  dwell,
};
inline constexpr std::size_t kClickRoles = 18;
std::string_view to_string(ClickRole role) noexcept;

/// A place in a line: a column and the way into it, "event_attributes.object.object_id", or
/// "event_params[search_term]" for the value of the element whose "key" is that.
struct ColumnPath {
  std::string column;
  struct Step {
    std::string name;
    bool keyed = false;  ///< in brackets
  };
  std::vector<Step> steps;

  /// Errors: bad_input.
  static ColumnPath parse(std::string_view text);
};

/// What is read from a column, and how much that is to be preferred to others for its role.
struct ColumnTarget {
  ClickRole role;
  std::size_t rank;  ///< 0 first
  std::vector<ColumnPath::Step> steps;
};

/// Columns are found by usual names, upper and lower case and "_", "-" and " " aside: those of
/// plain logs, of OpenSearch's User Behavior Insights (ubi_queries and ubi_events) and of the
/// export of Google Analytics 4 to BigQuery. What is named for a role takes the place of its usual
/// names. Threads: immutable.
class ClickColumns {
 public:
  ClickColumns();
  /// "query=q", "item=doc.id". Errors: bad_input, listing the roles.
  void name(std::string_view assignment);
  /// "click=tap,open": words of the type column that mean a type. Errors: bad_input.
  void name_type(std::string_view assignment);

  /// Of a column; none where it is of no use.
  std::span<const ColumnTarget> targets(std::string_view column) const;
  LogType type_of(std::string_view word) const;
  /// The names that a role may have, for messages.
  std::string names_of(ClickRole role) const;
  /// What was named, one a line: the same for equal columns.
  const std::string& described() const noexcept { return described_; }

 private:
  void add(ClickRole role, std::string_view path, std::size_t rank);

  std::unordered_map<std::string, std::vector<ColumnTarget>> targets_;  // by simple_name
  std::unordered_map<std::string, LogType> types_;
  std::string described_;
};

/// A name without case and separators, as columns are compared.
std::string simple_name(std::string_view name);

}  // namespace kindred::prepare
