#include "eval/markup.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/code_point.h"

namespace kindred::eval {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_allowed_in_xml(std::uint32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xFFFE && c != 0xFFFF;
}

struct Range {
  std::uint32_t first, last;
};

bool is_in(std::uint32_t c, std::span<const Range> ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return range.first <= c && c <= range.last; });
}

// The blocks of Unicode's EastAsianWidth W and F, and of combining marks, coarsely.
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF01, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};
constexpr std::array kNone = {
    Range{0x0300, 0x036F}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A}, Range{0x064B, 0x065F},
    Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F},
};

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (c.bytes == 0 || !is_allowed_in_xml(c.value))
      escaped += kReplacement;
    else if (c.value == '&')
      escaped += "&amp;";
    else if (c.value == '<')
      escaped += "&lt;";
    else if (c.value == '>')
      escaped += "&gt;";
    else if (c.value == '"')
      escaped += "&quot;";
    else if (c.value == '\'')
      escaped += "&#39;";
    else
      escaped += text.substr(0, c.bytes);
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return escaped;
}

std::string escape_markdown(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    const bool marks = c.bytes > 0 && c.value < 0x80 &&
                       std::string_view("\\`*_{}[]>#|~&").find(text[0]) != std::string_view::npos;
    if (marks) escaped += '\\';
    if (c.bytes == 0)
      escaped += kReplacement;
    else if (c.value == '<')
      escaped += "&lt;";
    else if (c.value < 0x20 || c.value == 0x7F)
      escaped += ' ';
    else
      escaped += text.substr(0, c.bytes);
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return escaped;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (c.bytes == 0 || !is_in(c.value, kNone))
      width += c.bytes > 0 && is_in(c.value, kWide) ? 2 : 1;
    text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t kept = 0;
  for (std::size_t used = 1; kept < text.size();) {
    const std::size_t bytes = std::max<std::size_t>(first_code_point(text.substr(kept)).bytes, 1);
    used += display_width(text.substr(kept, bytes));
    if (used > width) break;
    kept += bytes;
  }
  return std::string(text.substr(0, kept)) + "…";
}

}  // namespace kindred::eval
