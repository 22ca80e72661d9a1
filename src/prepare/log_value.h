// A value of a log's line, of a table's text or of JSON. Tested by click_log_reader_test.cc.
#pragma once

#include <simdjson.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/click_columns.h"

namespace kindred::prepare {

/// Absent, a text, or JSON. Views end with the line.
struct LogValue {
  enum class Kind { none, text, json } kind = Kind::none;
  std::string_view text;
  simdjson::dom::element json;

  static LogValue of_text(std::string_view text);
  static LogValue of_json(simdjson::dom::element element);
  bool there() const noexcept { return kind != Kind::none; }
};

/// Follows a path; absent where it leads nowhere. An element of Analytics' parameters, {"key": …,
/// "value": {"string_value": …}}, gives the one value in it.
LogValue follow(simdjson::dom::element root, std::span<const ColumnPath::Step> steps);

/// Appends a text, a number or a boolean as text; false for all else. What says that there is
/// nothing ("", null, "(not set)") appends nothing.
bool append_text(const LogValue& value, std::string& out);

/// The elements of a list: of JSON, or of a text with separators between them. The views in
/// `elements` hold as long as `value` does. `parser` is for a text that is JSON. False for JSON
/// that is no list.
bool list_of(const LogValue& value, simdjson::dom::parser& parser, std::vector<LogValue>& elements);

}  // namespace kindred::prepare
