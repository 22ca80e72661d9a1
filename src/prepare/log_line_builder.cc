#include "prepare/log_line_builder.h"

#include <algorithm>

#include "base/sha256.h"
#include "prepare/bots.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMostItems = 2000;
constexpr std::size_t kMostQueryBytes = 1024;
constexpr std::size_t kMostIdBytes = 512;

enum class Member { none, id, position, clicked, in_cart, ordered, dwell };
Member member_of(std::string_view key) {
  struct Known {
    std::string_view name;
    Member member;
  };
  constexpr Known kKnown[] = {{"id", Member::id},
                              {"itemid", Member::id},
                              {"productid", Member::id},
                              {"objectid", Member::id},
                              {"sku", Member::id},
                              {"asin", Member::id},
                              {"item", Member::id},
                              {"position", Member::position},
                              {"rank", Member::position},
                              {"index", Member::position},
                              {"itemlistindex", Member::position},
                              {"clicked", Member::clicked},
                              {"click", Member::clicked},
                              {"cart", Member::in_cart},
                              {"incart", Member::in_cart},
                              {"addedtocart", Member::in_cart},
                              {"ordered", Member::ordered},
                              {"order", Member::ordered},
                              {"purchased", Member::ordered},
                              {"dwell", Member::dwell},
                              {"dwellseconds", Member::dwell}};
  const std::string simple = simple_name(key);
  for (const Known& known : kKnown)
    if (known.name == simple) return known.member;
  return Member::none;
}

// "en" of "en-US" and "EN_us"; nothing of what is no code.
std::string primary_language(std::string_view code) {
  std::string language;
  for (const char c : code.substr(0, code.find_first_of("-_"))) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
    if (lower < 'a' || lower > 'z') return {};
    language += lower;
  }
  return language.size() <= 3 ? language : std::string();
}

}  // namespace

std::uint64_t LineBuilder::hash_of(ClickRole role) {
  const std::string_view text = text_of(role, kMostQueryBytes);
  if (text.empty() || text == "0" || text == "-" || text == "anonymous" || text == "guest")
    return 0;
  if (options_.salt.empty()) return hash_text(text) | 1;
  std::uint64_t hash = 0;
  const std::string digits = sha256(fmt::format("{}\n{}", options_.salt, text));
  std::from_chars(digits.data(), digits.data() + 16, hash, 16);
  return hash | 1;
}

void LineBuilder::set_id(LogItem& item, const LogValue& given) {
  item.id.clear();
  if (!append_text(given, item.id)) reject_line("an item's id is a list or an object");
  if (item.id.size() > kMostIdBytes)
    reject_line(fmt::format("an item's id is longer than {} bytes", kMostIdBytes));
  check_utf8(item.id);
  if (std::any_of(item.id.begin(), item.id.end(), [](char c) { return c >= 0 && c < ' '; }))
    reject_line("an item's id has control characters");
}

void LineBuilder::add_object(LogItem& item, simdjson::dom::object object) {
  const auto flag = [&](const LogValue& given) {
    return given.there() && number_of(given, "flag of an item") > 0.0;
  };
  for (const auto& [key, json] : object) {
    const Member member = member_of(key);
    if (member == Member::none) continue;
    const LogValue given = LogValue::of_json(json);
    switch (member) {
      case Member::id:
        if (item.id.empty()) set_id(item, given);
        break;
      case Member::position:
        item.position = position_of(given);
        break;
      case Member::clicked:
        item.clicked = flag(given);
        break;
      case Member::in_cart:
        item.in_cart = flag(given);
        break;
      case Member::ordered:
        item.ordered = flag(given);
        break;
      case Member::dwell:
        item.dwell = dwell_of(given);
        break;
      case Member::none:
        break;
    }
  }
}

void LineBuilder::add_item(LogLine& line, const LogValue& given) {
  LogItem item;
  simdjson::dom::object object;
  if (given.kind == LogValue::Kind::json && !given.json.get(object)) {
    add_object(item, object);
  } else {
    set_id(item, given);
  }
  if (!item.id.empty()) line.items.push_back(std::move(item));
}

void LineBuilder::add_items(LogLine& line) {
  line.items.clear();
  const auto parser = static_cast<std::size_t>(ClickRole::items);
  if (!list_of(value(ClickRole::items), list_parsers_[parser], elements_))
    reject_line("the items are no list");
  if (elements_.size() > kMostItems) reject_line(fmt::format("more than {} items", kMostItems));
  for (const LogValue& given : elements_) add_item(line, given);
  if (line.items.empty() && has(ClickRole::item)) {
    add_item(line, value(ClickRole::item));
    if (!line.items.empty() && has(ClickRole::position))
      line.items[0].position = position_of(value(ClickRole::position));
    if (!line.items.empty()) line.items[0].dwell = dwell_of(value(ClickRole::dwell));
  }
}

void LineBuilder::mark_id(LogLine& line, const LogValue& id, bool LogItem::*flag) {
  LogItem marked;
  simdjson::dom::object object;
  if (id.kind == LogValue::Kind::json && !id.json.get(object)) {
    add_object(marked, object);
  } else {
    set_id(marked, id);
  }
  if (marked.id.empty()) return;
  const auto found = std::find_if(line.items.begin(), line.items.end(),
                                  [&](const LogItem& item) { return item.id == marked.id; });
  LogItem& item = found != line.items.end() ? *found : line.items.emplace_back();
  item.*flag = true;
  if (item.id.empty()) item.id = marked.id;  // clicked, and not among those shown
  if (marked.dwell >= 0.0F) item.dwell = marked.dwell;
}

// Those clicked: ids, or a 0 or 1 for each item in their order.
void LineBuilder::mark(LogLine& line, ClickRole role, bool LogItem::*flag) {
  if (!has(role)) return;
  if (!list_of(value(role), list_parsers_[static_cast<std::size_t>(role)], elements_))
    reject_line(fmt::format("the {} are no list", to_string(role)));
  if (elements_.size() > kMostItems)
    reject_line(fmt::format("more than {} {}", kMostItems, to_string(role)));
  const auto bit = [&](const LogValue& given) -> int {
    number_.clear();
    if (!append_text(given, number_)) return -1;
    return number_ == "1" || number_ == "true" ? 1 : number_ == "0" || number_ == "false" ? 0 : -1;
  };
  const bool an_item_each = elements_.size() == line.items.size() &&
                            std::all_of(elements_.begin(), elements_.end(),
                                        [&](const LogValue& given) { return bit(given) >= 0; });
  if (an_item_each) {
    for (std::size_t i = 0; i < elements_.size(); ++i)
      if (bit(elements_[i]) == 1) line.items[i].*flag = true;
    return;
  }
  const std::vector<LogValue> ids = elements_;
  for (const LogValue& id : ids) mark_id(line, id, flag);
}

void LineBuilder::add_positions(LogLine& line) {
  if (!has(ClickRole::positions)) return;
  const auto parser = static_cast<std::size_t>(ClickRole::positions);
  if (!list_of(value(ClickRole::positions), list_parsers_[parser], elements_))
    reject_line("the positions are no list");
  if (elements_.size() != line.items.size()) reject_line("as many positions as items are needed");
  for (std::size_t i = 0; i < elements_.size(); ++i)
    line.items[i].position = position_of(elements_[i]);
}

// A list without positions is in the order shown.
void LineBuilder::place_in_order(LogLine& line) {
  if (std::any_of(line.items.begin(), line.items.end(),
                  [](const LogItem& item) { return item.position != kNoPosition; }))
    return;
  for (std::size_t i = 0; i < line.items.size(); ++i)
    line.items[i].position = static_cast<std::int32_t>(i) + 1;
  line.counted = true;
}

// Behind the pages before it.
void LineBuilder::add_page(LogLine& line) {
  const auto whole = [&](ClickRole role) -> std::int64_t {
    if (!has(role)) return 0;
    const double number = number_of(value(role), to_string(role));
    return number >= 0.0 && number <= static_cast<double>(kMostPosition)
               ? static_cast<std::int64_t>(number)
               : 0;
  };
  const std::int64_t page_size = whole(ClickRole::page_size);
  const std::int64_t page = whole(ClickRole::page);
  const std::int64_t before = page > 1 ? std::min((page - 1) * page_size, kMostPosition) : 0;
  if (before == 0) return;
  for (LogItem& item : line.items)
    if (item.position >= 0 && item.position <= page_size)
      item.position += static_cast<std::int32_t>(before);
}

LogType LineBuilder::type_of(const LogLine& line) {
  if (has(ClickRole::type)) {
    const LogType type = options_.columns.type_of(text_of(ClickRole::type, kMostQueryBytes));
    // A list whose type column says something of its own ("organic").
    return type == LogType::other && has(ClickRole::items) && !line.query.empty() ? LogType::list
                                                                                  : type;
  }
  if (has(ClickRole::items)) return LogType::list;
  const bool marked = has(ClickRole::clicks) || has(ClickRole::carts) || has(ClickRole::orders);
  if (!line.items.empty()) return marked ? LogType::impression : LogType::click;
  return line.query.empty() ? LogType::other : LogType::search;
}

void LineBuilder::build(LogLine& line) {
  if (!has(ClickRole::time)) reject_line("no time");
  const auto time = parse_time(text_of(ClickRole::time, kMostQueryBytes), options_.zone);
  if (!time) reject_line("the time cannot be read, or is not between 1995 and 2100");
  line.time = *time;
  line.query = text_of(ClickRole::query, kMostQueryBytes);
  line.language = primary_language(text_of(ClickRole::language, kMostIdBytes));
  line.user = hash_of(ClickRole::user);
  line.session = hash_of(ClickRole::session);
  const std::string_view search = text_of(ClickRole::search, kMostQueryBytes);
  line.search = search.empty() ? 0 : hash_text(search) | 1;
  if (text_of(ClickRole::agent, std::size_t{1} << 16) != last_agent_) {
    last_agent_ = text_;
    last_bot_ = is_bot_agent(last_agent_);
  }
  line.bot = last_bot_;
  line.counted = false;
  add_items(line);
  line.type = type_of(line);
  add_positions(line);
  if (line.type <= LogType::impression) {
    if (line.items.size() > 1 || line.type == LogType::list) place_in_order(line);
    mark(line, ClickRole::clicks, &LogItem::clicked);
    mark(line, ClickRole::carts, &LogItem::in_cart);
    mark(line, ClickRole::orders, &LogItem::ordered);
  }
  add_page(line);
  const bool needs_item = line.type == LogType::impression || line.type == LogType::click ||
                          line.type == LogType::cart || line.type == LogType::order;
  if (needs_item && line.items.empty())
    reject_line(fmt::format("a line of type {} without an item", to_string(line.type)));
}

}  // namespace kindred::prepare
