#include "catalog/html.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "catalog/html_entities.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

// Sorted. After a block the text goes on in a new line.
constexpr std::array<std::string_view, 50> kBlocks = {
    "address", "article", "aside",  "blockquote", "body",  "br",    "caption", "center", "col",
    "dd",      "details", "div",    "dl",         "dt",    "embed", "figure",  "footer", "form",
    "frame",   "h1",      "h2",     "h3",         "h4",    "h5",    "h6",      "head",   "header",
    "hr",      "html",    "iframe", "img",        "input", "li",    "link",    "main",   "meta",
    "nav",     "object",  "ol",     "option",     "p",     "pre",   "section", "table",  "tbody",
    "td",      "th",      "title",  "tr",         "ul"};
constexpr std::array<std::string_view, 35> kInline = {
    "a",    "abbr", "acronym", "b",     "bdi",   "bdo",    "big",  "button", "cite",
    "code", "del",  "em",      "font",  "i",     "ins",    "kbd",  "label",  "mark",
    "nobr", "q",    "s",       "samp",  "small", "source", "span", "strike", "strong",
    "sub",  "sup",  "tfoot",   "thead", "time",  "tt",     "u",    "video"};
constexpr std::array<std::string_view, 5> kDropped = {"noscript", "script", "style", "svg",
                                                      "template"};

template <std::size_t N>
bool has(const std::array<std::string_view, N>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

struct Markup {
  std::size_t end;   ///< behind it
  std::string name;  ///< empty: a comment or declaration
  bool closing = false;
};

/// The end of a tag whose name ends at `at`; quoted values may hold '>'.
std::optional<std::size_t> tag_end(std::string_view text, std::size_t at) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '>') {
      return at + 1;
    } else if (c == '<') {
      return std::nullopt;  // another tag begins: this one was none
    } else if ((c == '"' || c == '\'') && text[at - 1] == '=') {
      quote = c;
    }
  }
  return std::nullopt;
}

constexpr std::size_t kLongestDeclaration = 1000;

/// What begins at `at`, where the text has '<'. `no_end` remembers that the end of a comment was
/// looked for in vain, so that a text full of their beginnings takes linear time.
std::optional<Markup> markup_at(std::string_view text, std::size_t at, bool& no_end) {
  const std::string_view rest = text.substr(at);
  if (no_end && rest.starts_with("<!")) return std::nullopt;
  if (rest.starts_with("<!--")) {
    const std::size_t end = text.find("-->", at + 4);
    no_end = end == std::string_view::npos;
    return no_end ? std::nullopt : std::optional(Markup{end + 3, ""});
  }
  if (rest.starts_with("<!") || rest.starts_with("<?")) {
    const bool declares = rest.size() > 2 && is_letter(rest[2]);
    // A declaration is short.
    const std::size_t end = text.substr(0, at + kLongestDeclaration).find('>', at);
    if (!declares || end == std::string_view::npos) return std::nullopt;
    return Markup{end + 1, ""};
  }
  const bool closing = rest.size() > 1 && rest[1] == '/';
  const std::size_t name_begin = at + (closing ? 2 : 1);
  std::size_t name_end = name_begin;
  while (name_end < text.size() && (is_letter(text[name_end]) || is_digit(text[name_end]))) {
    ++name_end;
  }
  if (name_end == name_begin || !is_letter(text[name_begin])) return std::nullopt;
  Markup markup{0, lower(text.substr(name_begin, name_end - name_begin)), closing};
  if (!has(kBlocks, markup.name) && !has(kInline, markup.name) && !has(kDropped, markup.name)) {
    return std::nullopt;
  }
  const auto end = tag_end(text, name_end);
  if (!end) return std::nullopt;
  markup.end = *end;
  return markup;
}

/// Behind the closing tag of `name`, or the end of the text.
std::size_t behind_element(std::string_view text, std::size_t at, const std::string& name) {
  const std::string closing = "</" + name;
  for (; at + closing.size() <= text.size(); ++at) {
    if (text[at] != '<' || lower(text.substr(at, closing.size())) != closing) continue;
    const std::size_t end = text.find('>', at);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  return text.size();
}

std::string remove_tags(std::string_view text) {
  std::string result;
  std::size_t at = 0;
  bool no_end = false;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find('<', at), text.size());
    result += text.substr(at, open - at);
    if (open == text.size()) break;
    const auto markup = markup_at(text, open, no_end);
    if (!markup) {
      result += '<';
      at = open + 1;
      continue;
    }
    at = markup->end;
    if (has(kBlocks, markup->name)) result += '\n';
    const bool self_closed = text[markup->end - 2] == '/';
    if (has(kDropped, markup->name) && !markup->closing && !self_closed) {
      at = behind_element(text, at, markup->name);
    }
  }
  return result;
}

/// Of &#128; to &#159;: browsers read them as windows-1252.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

/// `name` is what stands between '&' and ';'.
std::optional<char32_t> entity(std::string_view name) {
  if (!name.starts_with('#')) {
    const auto found = std::lower_bound(
        std::begin(kHtmlEntities), std::end(kHtmlEntities), name,
        [](const HtmlEntity& e, std::string_view wanted) { return e.name < wanted; });
    if (found == std::end(kHtmlEntities) || found->name != name) return std::nullopt;
    return found->character;
  }
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t value = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, value, hex ? 16 : 10);
  if (error != std::errc() || stop != end || name.empty()) return std::nullopt;
  if (value >= 128 && value < 160) return kWindows1252[value - 128];
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  return value == 0 || value >= text::kCodePoints || surrogate ? text::kReplacementCharacter
                                                               : value;
}

std::string decode_entities(std::string_view text) {
  constexpr std::size_t kLongest = 12;
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = std::min(text.find('&', at), text.size());
    result += text.substr(at, begin - at);
    if (begin == text.size()) break;
    const std::size_t end = text.substr(0, begin + kLongest).find(';', begin);
    const auto character = end == std::string_view::npos
                               ? std::nullopt
                               : entity(text.substr(begin + 1, end - begin - 1));
    if (character) {
      text::append(result, *character);
      at = end + 1;
    } else {
      result += '&';
      at = begin + 1;
    }
  }
  return result;
}

}  // namespace

std::string strip_html(std::string_view text) {
  std::string result(text);
  // Shops export "&amp;quot;" and "&lt;p&gt;": each pass undoes one layer.
  constexpr int kLayers = 3;
  for (int layer = 0; layer < kLayers; ++layer) {
    if (result.find_first_of("<&") == std::string::npos) break;
    std::string decoded = decode_entities(remove_tags(result));
    if (decoded == result) break;
    result = std::move(decoded);
  }
  return result;
}

}  // namespace kindred::catalog
