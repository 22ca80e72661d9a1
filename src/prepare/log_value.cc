#include "prepare/log_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kindred::prepare {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::array<std::string_view, 7> kNothing = {"",     "null", "(not set)", "NULL",
                                                      "None", "NaN",  "undefined"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// {"string_value": "shoes", "int_value": null, …}: the value that is there.
LogValue only_value(element value) {
  simdjson::dom::object object;
  if (value.get(object)) return LogValue::of_json(value);
  for (const auto& [key, member] : object)
    if (key.ends_with("_value") && !member.is_null()) return LogValue::of_json(member);
  return {};
}

LogValue keyed(element list, std::string_view name) {
  simdjson::dom::array array;
  if (list.get(array)) return {};
  for (const element each : array) {
    std::string_view key;
    element value;
    if (each["key"].get(key) || key != name || each["value"].get(value)) continue;
    return only_value(value);
  }
  return {};
}

void append_number(element value, std::string& out) {
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  double number = 0.0;
  if (!value.get(whole)) {
    fmt::format_to(std::back_inserter(out), "{}", whole);
  } else if (!value.get(large)) {
    fmt::format_to(std::back_inserter(out), "{}", large);
  } else if (!value.get(number)) {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
}

void split(std::string_view text, std::vector<LogValue>& elements) {
  constexpr std::string_view kSeparators = "|;, ";
  char separator = ' ';
  for (const char each : kSeparators) {
    if (text.find(each) == std::string_view::npos) continue;
    separator = each;
    break;
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) elements.push_back(LogValue::of_text(part));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool elements_of(element json, std::vector<LogValue>& elements) {
  simdjson::dom::array array;
  if (json.get(array)) return false;
  for (const element each : array) elements.push_back(LogValue::of_json(each));
  return true;
}

}  // namespace

LogValue LogValue::of_text(std::string_view text) {
  const std::string_view value = trimmed(text);
  if (std::find(kNothing.begin(), kNothing.end(), value) != kNothing.end()) return {};
  return {Kind::text, value, {}};
}

LogValue LogValue::of_json(element json) {
  if (json.is_null()) return {};
  std::string_view text;
  if (!json.get(text)) return of_text(text);
  return {Kind::json, {}, json};
}

LogValue follow(element root, std::span<const ColumnPath::Step> steps) {
  element at = root;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].keyed) {
      const LogValue value = keyed(at, steps[i].name);
      if (i + 1 == steps.size() || value.kind != LogValue::Kind::json) return value;
      at = value.json;
      continue;
    }
    element member;
    if (at[steps[i].name].get(member)) return {};
    at = member;
  }
  return LogValue::of_json(at);
}

bool append_text(const LogValue& value, std::string& out) {
  if (value.kind == LogValue::Kind::none) return true;
  if (value.kind == LogValue::Kind::text) {
    out += value.text;
    return true;
  }
  switch (value.json.type()) {
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      append_number(value.json, out);
      return true;
    case element_type::BOOL:
      out += value.json.get_bool().value_unsafe() ? '1' : '0';
      return true;
    default:
      return false;
  }
}

bool list_of(const LogValue& value, simdjson::dom::parser& parser,
             std::vector<LogValue>& elements) {
  elements.clear();
  if (!value.there()) return true;
  if (value.kind == LogValue::Kind::json) {
    if (value.json.is_object()) return false;
    if (value.json.is_array()) return elements_of(value.json, elements);
    elements.push_back(value);
    return true;
  }
  if (value.text.starts_with('[')) {
    element root;
    if (parser.parse(value.text.data(), value.text.size()).get(root)) return false;
    return elements_of(root, elements);
  }
  split(value.text, elements);
  return true;
}

}  // namespace kindred::prepare
