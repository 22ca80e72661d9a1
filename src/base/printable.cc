#include "base/printable.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "base/code_point.h"

namespace kindred {
namespace {

bool is_hidden(std::uint32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_byte(std::string& out, unsigned char byte) {
  switch (byte) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
  }
}

}  // namespace

std::string printable(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    const std::size_t bytes = c.bytes == 0 ? 1 : c.bytes;
    const bool is_control = c.bytes == 0 || c.value < 0x20 || c.value == 0x7F;
    if (is_control && (c.bytes == 0 || kept.find(text[0]) == std::string_view::npos)) {
      append_byte(out, static_cast<unsigned char>(text[0]));
    } else if (is_hidden(c.value)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", c.value);
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace kindred
