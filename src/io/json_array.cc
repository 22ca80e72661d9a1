#include "io/json_array.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::io {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

[[noreturn]] void fail_at(const TableInput& input, std::uint64_t lines, std::string_view what) {
  fail(ErrorKind::corrupt, "{}, line {}: {}; it should be one JSON array, or one JSON value a line",
       input.name(), lines + 1, what);
}

// How far brackets are open, and whether a string is.
struct Nesting {
  std::size_t depth = 0;
  bool in_string = false;
  bool escaped = false;

  // True when `c`, which is not of the element any more, ends it.
  bool ends_before(char c) {
    if (in_string) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else {
        in_string = c != '"';
      }
      return false;
    }
    if (depth == 0 && (c == ',' || c == ']' || kBlanks.find(c) != kBlanks.npos)) return true;
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    return false;
  }
};

}  // namespace

bool JsonArray::begins(TableInput& input) {
  for (;;) {
    const std::size_t at = input.window().find_first_not_of(kBlanks);
    if (at != std::string_view::npos) return input.window()[at] == '[';
    if (!input.more()) return false;
  }
}

void JsonArray::skip_blanks(TableInput& input, std::uint64_t& lines) const {
  do {
    const std::string_view text = input.window();
    const std::size_t end = std::min(text.find_first_not_of(kBlanks), text.size());
    lines += static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + end, '\n'));
    input.consume(end);
  } while (input.window().empty() && input.more());
}

char JsonArray::peek(TableInput& input, std::uint64_t& lines) const {
  skip_blanks(input, lines);
  return input.window().empty() ? '\0' : input.window().front();
}

std::size_t JsonArray::end_of_element(TableInput& input, std::size_t limit,
                                      std::uint64_t lines) const {
  Nesting nesting;
  for (std::size_t at = 0;; ++at) {
    if (at > limit) input.fail_too_long(limit, lines + 1);
    if (at == input.window().size() && !input.more())
      fail_at(input, lines, "the array is not closed behind this");
    if (nesting.ends_before(input.window()[at])) return at;
  }
}

bool JsonArray::next(TableInput& input, std::string_view& element, std::size_t limit,
                     std::uint64_t& lines) {
  if (closed_) return false;
  char c = peek(input, lines);
  const bool first = !open_;
  if (first) {
    open_ = true;
    input.consume(1);  // '[', as begins() saw
    c = peek(input, lines);
  } else if (c == ',') {
    input.consume(1);
    c = peek(input, lines);
    if (c == ']') fail_at(input, lines, "a comma without a value behind it");
  } else if (c != ']') {
    fail_at(input, lines, c == '\0' ? "the array is not closed" : "a comma is missing");
  }
  if (c == ']') {
    input.consume(1);
    closed_ = true;
    if (peek(input, lines) != '\0') fail_at(input, lines, "text follows the array");
    return false;
  }
  if (c == '\0') fail_at(input, lines, "the array is not closed");
  const std::size_t end = end_of_element(input, limit, lines);
  if (end == 0) fail_at(input, lines, "a value is missing before a comma");
  element = input.window().substr(0, end);
  input.consume(end);
  return true;
}

}  // namespace kindred::io
