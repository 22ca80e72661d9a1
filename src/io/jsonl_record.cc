#include "io/jsonl_record.h"

#include <simdjson.h>

#include <optional>

#include "base/error.h"

namespace kindred::io {
namespace {

// The four hex digits at `at`, if they are that.
std::optional<unsigned> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at, 4)) {
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
      digit = static_cast<unsigned>((c | 32) - 'a' + 10);
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

bool is_high(unsigned unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(unsigned unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// `json` with each \uD800-\uDFFF escape that has no partner made \uFFFD.
std::string replace_lone_surrogates(std::string_view json) {
  std::string result(json);
  for (std::size_t i = 0; i + 1 < result.size(); ++i) {
    if (result[i] != '\\') continue;
    const auto unit = result[i + 1] == 'u' ? hex4(result, i + 2) : std::nullopt;
    if (!unit) {
      ++i;  // the escaped character is not looked at, a backslash above all
      continue;
    }
    const bool escape_follows = result.compare(i + 6, 2, "\\u") == 0;
    const auto next = escape_follows ? hex4(result, i + 8) : std::nullopt;
    if (is_high(*unit) && next && is_low(*next)) {
      i += 11;
      continue;
    }
    if (is_high(*unit) || is_low(*unit)) result.replace(i + 2, 4, "FFFD");
    i += 5;
  }
  return result;
}

// Valid until the parser's next document.
simdjson::dom::element parse_line(simdjson::dom::parser& parser, std::string_view line,
                                  std::string_view origin, std::uint64_t line_number) {
  simdjson::dom::element root;
  auto error = parser.parse(line.data(), line.size()).get(root);
  if (error == simdjson::STRING_ERROR) {
    const std::string repaired = replace_lone_surrogates(line);
    error = parser.parse(repaired).get(root);
  }
  if (error) {
    fail(ErrorKind::corrupt, "{}, line {}: not JSON ({}); each line must be one JSON value", origin,
         line_number, simdjson::error_message(error));
  }
  return root;
}

}  // namespace

struct JsonlRecord::Parser {
  std::vector<std::string> columns;
  simdjson::dom::parser parser;
  std::vector<std::string_view> values;
  std::vector<std::string> texts;  // of numbers and booleans, a column each
  std::vector<char> found;
  std::string_view origin;  // of the line at hand
  std::uint64_t line_number = 0;

  simdjson::dom::element parse(std::string_view line) {
    return parse_line(parser, line, origin, line_number);
  }

  void read_string(simdjson::dom::element root) {
    std::string_view text;
    if (!root.get(text)) {
      values.assign(1, text);
      return;
    }
    simdjson::dom::object object;
    if (!root.get(object)) {
      fail(ErrorKind::bad_input, "{}, line {}: a JSON object; name the column to read, one of: {}",
           origin, line_number, keys(object));
    }
    fail(ErrorKind::bad_input, "{}, line {}: neither a JSON object nor a string", origin,
         line_number);
  }

  void read_object(simdjson::dom::element root) {
    simdjson::dom::object object;
    if (root.get(object)) {
      fail(ErrorKind::bad_input,
           "{}, line {}: not a JSON object, which the column {} could be read from", origin,
           line_number, columns.front());
    }
    values.assign(columns.size(), {});
    found.assign(columns.size(), 0);
    for (const auto& [key, value] : object) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (key != columns[c]) continue;
        values[c] = text_of(value, c);
        found[c] = 1;
      }
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (found[c] == 0) {
        fail(ErrorKind::not_found, "{}, line {}: no column {}; the columns are: {}", origin,
             line_number, columns[c], keys(object));
      }
    }
  }

  std::string_view text_of(simdjson::dom::element value, std::size_t column) {
    switch (value.type()) {
      case simdjson::dom::element_type::STRING:
        return value.get_string().value_unsafe();
      case simdjson::dom::element_type::NULL_VALUE:
        return {};
      case simdjson::dom::element_type::ARRAY:
      case simdjson::dom::element_type::OBJECT:
        fail(ErrorKind::bad_input, "{}, line {}: column {} holds {}, not text", origin, line_number,
             columns[column], value.is_array() ? "an array" : "an object");
      default:
        texts[column] = simdjson::minify(value);
        return texts[column];
    }
  }

  static std::string keys(simdjson::dom::object object) {
    std::string list;
    for (const auto& field : object) {
      if (!list.empty()) list += ", ";
      list += field.key;
    }
    return list;
  }
};

JsonlRecord::JsonlRecord(std::vector<std::string> columns) : parser_(std::make_unique<Parser>()) {
  parser_->texts.resize(columns.size());
  parser_->columns = std::move(columns);
}
JsonlRecord::JsonlRecord(JsonlRecord&&) noexcept = default;
JsonlRecord& JsonlRecord::operator=(JsonlRecord&&) noexcept = default;
JsonlRecord::~JsonlRecord() = default;

std::span<const std::string_view> JsonlRecord::values(std::string_view line,
                                                      const std::string& origin,
                                                      std::uint64_t line_number) {
  parser_->origin = origin;
  parser_->line_number = line_number;
  const simdjson::dom::element root = parser_->parse(line);
  if (parser_->columns.empty()) {
    parser_->read_string(root);
  } else {
    parser_->read_object(root);
  }
  return parser_->values;
}

struct JsonlFields::Parser {
  simdjson::dom::parser parser;
  std::vector<JsonlField> fields;
  std::vector<std::string> texts;  // of values that are no strings
};

JsonlFields::JsonlFields() : parser_(std::make_unique<Parser>()) {}
JsonlFields::JsonlFields(JsonlFields&&) noexcept = default;
JsonlFields& JsonlFields::operator=(JsonlFields&&) noexcept = default;
JsonlFields::~JsonlFields() = default;

std::span<const JsonlField> JsonlFields::fields(std::string_view line, const std::string& origin,
                                                std::uint64_t line_number) {
  const simdjson::dom::element root = parse_line(parser_->parser, line, origin, line_number);
  simdjson::dom::object object;
  if (root.get(object)) {
    fail(ErrorKind::bad_input, "{}, line {}: not a JSON object", origin, line_number);
  }
  parser_->fields.clear();
  parser_->texts.clear();
  parser_->texts.reserve(object.size());  // never grows below, so that views of it stay valid
  if (object.size() >= 0xFFFFFF) {        // where simdjson stops counting
    fail(ErrorKind::exhausted, "{}, line {}: an object of too many keys", origin, line_number);
  }
  for (const auto& [key, value] : object) {
    JsonlField field{.key = key,
                     .value = {},
                     .nested = value.is_array() || value.is_object(),
                     .number = value.is_number()};
    if (value.is_string()) {
      field.value = value.get_string().value_unsafe();
    } else if (!value.is_null()) {
      field.value = parser_->texts.emplace_back(simdjson::minify(value));
    }
    parser_->fields.push_back(field);
  }
  return parser_->fields;
}

}  // namespace kindred::io
