#include "prepare/click_columns.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace kindred::prepare {
namespace {

constexpr std::array<std::string_view, kClickRoles> kRoles = {
    "type", "query", "item",    "items",  "position", "positions", "clicks", "carts",     "orders",
    "time", "user",  "session", "search", "language", "agent",     "page",   "page_size", "dwell"};

// The usual names, the likelier first.
constexpr std::array<std::string_view, kClickRoles> kUsual = {
    "type event event_type action action_name event_name",
    "query search_term search_query user_query search_terms keyword keywords q "
    "event_params[search_term]",
    "item item_id product_id product sku asin object_id doc_id document_id "
    "event_attributes.object.object_id",
    "items shown shown_items impressions results ranking products query_response_hit_ids "
    "query_response_object_ids query_response_objects_ids",
    "position rank ordinal index item_list_index event_attributes.position.ordinal",
    "positions ranks",
    "clicks clicked clicked_items clicked_ids",
    "carts carted added_to_cart cart_items",
    "orders ordered purchases purchased bought",
    "time timestamp ts datetime event_time event_timestamp created_at",
    "user user_id customer_id visitor_id client_id user_pseudo_id uid visitor fullVisitorId",
    "session session_id visit_id ga_session_id event_params[ga_session_id] "
    "event_attributes.session_id",
    "query_id search_id request_id event_attributes.query_id",
    "language lang locale query_language device.language",
    "agent user_agent ua http_user_agent",
    "page page_number",
    "page_size per_page hits_per_page",
    "dwell dwell_time dwell_seconds",
};

struct TypeWords {
  LogType type;
  std::string_view words;
};
constexpr TypeWords kTypes[] = {
    {LogType::list, "list"},
    {LogType::search, "search query on_search view_search_results search_submit"},
    {LogType::impression,
     "impression impressions view_item_list shown item_impression product_impression"},
    {LogType::click,
     "click clicks select_item item_click product_click result_click click_through clickthrough "
     "select select_content item_clicked"},
    {LogType::view, "view view_item item_view product_view detail product_detail page_view"},
    {LogType::cart, "cart add_to_cart addtocart basket add_to_basket add cart_add"},
    {LogType::order, "order purchase buy bought transaction conversion ecommerce_purchase ordered"},
};

template <typename Act>
void for_each_word(std::string_view words, char separator, const Act& act) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(separator), words.size());
    if (end > 0) act(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

std::pair<std::string_view, std::string_view> split_assignment(std::string_view text,
                                                               std::string_view example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
    fail(ErrorKind::bad_input, "'{}' names nothing; write it as {}", text, example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

std::string_view to_string(ClickRole role) noexcept {
  return kRoles[static_cast<std::size_t>(role)];
}

std::string simple_name(std::string_view name) {
  std::string simple;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    simple += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  }
  return simple;
}

ColumnPath ColumnPath::parse(std::string_view text) {
  ColumnPath path;
  const std::string_view whole = text;
  const auto take_name = [&] {
    const std::size_t end = std::min(text.find_first_of(".["), text.size());
    if (end == 0) fail(ErrorKind::bad_input, "'{}' is no path to a column", whole);
    const std::string name(text.substr(0, end));
    text.remove_prefix(end);
    return name;
  };
  path.column = take_name();
  while (!text.empty()) {
    if (text[0] == '.') {
      text.remove_prefix(1);
      path.steps.push_back({take_name(), false});
      continue;
    }
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end < 2)
      fail(ErrorKind::bad_input, "'{}' is no path to a column: a bracket is not closed", whole);
    path.steps.push_back({std::string(text.substr(1, end - 1)), true});
    text.remove_prefix(end + 1);
  }
  return path;
}

ClickColumns::ClickColumns() {
  for (std::size_t role = 0; role < kClickRoles; ++role) {
    std::size_t rank = 0;
    for_each_word(kUsual[role], ' ',
                  [&](std::string_view path) { add(static_cast<ClickRole>(role), path, rank++); });
  }
  for (const TypeWords& type : kTypes)
    for_each_word(type.words, ' ',
                  [&](std::string_view word) { types_[simple_name(word)] = type.type; });
}

void ClickColumns::add(ClickRole role, std::string_view path, std::size_t rank) {
  ColumnPath parsed = ColumnPath::parse(path);
  targets_[simple_name(parsed.column)].push_back({role, rank, std::move(parsed.steps)});
}

void ClickColumns::name(std::string_view assignment) {
  const auto [role_name, path] = split_assignment(assignment, "query=COLUMN");
  const auto found = std::find(kRoles.begin(), kRoles.end(), role_name);
  if (found == kRoles.end()) {
    fail(ErrorKind::bad_input, "nothing in a click log is called '{}'; a column may be: {}",
         role_name, fmt::join(kRoles, ", "));
  }
  const auto role = static_cast<ClickRole>(found - kRoles.begin());
  for (auto& [column, targets] : targets_)
    std::erase_if(targets, [&](const ColumnTarget& target) { return target.role == role; });
  add(role, path, 0);
  described_ += fmt::format("{}\n", assignment);
}

void ClickColumns::name_type(std::string_view assignment) {
  const auto [type_name, words] = split_assignment(assignment, "click=WORD,WORD");
  for (std::size_t type = 0; type < kLogTypes; ++type) {
    if (to_string(static_cast<LogType>(type)) != type_name) continue;
    for_each_word(words, ',', [&](std::string_view word) {
      types_[simple_name(word)] = static_cast<LogType>(type);
    });
    described_ += fmt::format("{}\n", assignment);
    return;
  }
  fail(ErrorKind::bad_input,
       "no type '{}'; the types are list, search, impression, click, view, cart, order and other",
       type_name);
}

std::span<const ColumnTarget> ClickColumns::targets(std::string_view column) const {
  const auto found = targets_.find(simple_name(column));
  if (found == targets_.end()) return {};
  return found->second;
}

LogType ClickColumns::type_of(std::string_view word) const {
  const auto found = types_.find(simple_name(word));
  return found == types_.end() ? LogType::other : found->second;
}

std::string ClickColumns::names_of(ClickRole role) const {
  return fmt::format("{}", fmt::join(
                               [&] {
                                 std::vector<std::string> names;
                                 for_each_word(
                                     kUsual[static_cast<std::size_t>(role)], ' ',
                                     [&](std::string_view name) { names.emplace_back(name); });
                                 return names;
                               }(),
                               ", "));
}

}  // namespace kindred::prepare
