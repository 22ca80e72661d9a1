// Values inside a row of JSON, read with their kinds. Tested by example_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/error.h"

namespace kindred::prepare {

/// The document of `json`, valid until the parser's next. Errors: corrupt.
inline simdjson::dom::element parse_nested(simdjson::dom::parser& parser, std::string_view json) {
  simdjson::dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    fail(ErrorKind::corrupt, "not JSON ({})", simdjson::error_message(error));
  }
  return root;
}

/// A string's text, a number or boolean as it is written, nothing for null. Errors: bad_input for
/// an array or an object.
inline std::string scalar_text(simdjson::dom::element value, std::string_view what) {
  if (value.is_string()) return std::string(value.get_string().value_unsafe());
  if (value.is_null()) return {};
  if (value.is_array() || value.is_object()) {
    fail(ErrorKind::bad_input, "{} holds {}, not text", what,
         value.is_array() ? "an array" : "an object");
  }
  return simdjson::minify(value);
}

/// A number, or nothing for null. Errors: bad_input for anything else.
inline std::optional<double> number_of(simdjson::dom::element value, std::string_view what) {
  if (value.is_null()) return std::nullopt;
  double number = 0.0;
  if (!value.is_number() || value.get(number)) {
    fail(ErrorKind::bad_input, "{} is not a number", what);
  }
  return number;
}

}  // namespace kindred::prepare
