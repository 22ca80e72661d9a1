#include "index/filter_tokens.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace kindred::index {
namespace {

constexpr std::array<std::string_view, 5> kKeywords = {"AND", "OR", "NOT", "IN", "EXISTS"};
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kSigns = "(),=!<>";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

FilterToken read_quoted(std::string_view text, std::size_t offset, std::size_t& behind) {
  FilterToken token{.kind = FilterTokenKind::quoted, .text = {}, .offset = offset};
  const char quote = text[offset];
  for (std::size_t i = offset + 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      behind = i + 1;
      return token;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    token.text += text[i];
  }
  fail_in_filter(text, offset, "this quote is never closed");
}

}  // namespace

bool FilterToken::is_keyword(std::string_view keyword) const {
  return kind == FilterTokenKind::word &&
         std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
         });
}

bool FilterToken::is_any_keyword() const {
  return std::any_of(kKeywords.begin(), kKeywords.end(),
                     [this](std::string_view keyword) { return is_keyword(keyword); });
}

std::string FilterToken::shown() const {
  return kind == FilterTokenKind::end ? "the end" : "'" + text + "'";
}

FilterToken next_filter_token(std::string_view text, std::size_t offset, std::size_t& behind) {
  while (offset < text.size() && is_one_of(text[offset], kSpaces)) ++offset;
  behind = offset;
  if (offset == text.size()) return {.kind = FilterTokenKind::end, .text = {}, .offset = offset};
  const char first = text[offset];
  if (first == '"' || first == '\'') return read_quoted(text, offset, behind);
  if (is_one_of(first, kSigns)) {
    const bool two = is_one_of(first, "!<>") && text.substr(offset + 1).starts_with('=');
    if (first == '!' && !two) {
      fail_in_filter(text, offset, "expected '=' after '!'; for a negation write NOT");
    }
    behind = offset + (two ? 2 : 1);
    return {.kind = FilterTokenKind::sign,
            .text = std::string(text.substr(offset, behind - offset)),
            .offset = offset};
  }
  // A quote inside a word (6.1") is a character like any other.
  while (behind < text.size() && !is_one_of(text[behind], kSpaces) &&
         !is_one_of(text[behind], kSigns)) {
    ++behind;
  }
  return {.kind = FilterTokenKind::word,
          .text = std::string(text.substr(offset, behind - offset)),
          .offset = offset};
}

std::string filter_word(std::string_view text) {
  const FilterToken bare{.kind = FilterTokenKind::word, .text = std::string(text), .offset = 0};
  const bool plain = !text.empty() && text[0] != '"' && text[0] != '\'' &&
                     text.find_first_of(kSpaces) == std::string_view::npos &&
                     text.find_first_of(kSigns) == std::string_view::npos && !bare.is_any_keyword();
  if (plain) return bare.text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void fail_in_filter(std::string_view text, std::size_t offset, std::string_view what) {
  std::size_t column = 1;
  for (const char c : text.substr(0, offset)) {
    column += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  }
  fail(ErrorKind::bad_input, "filter, column {}: {}", column, what);
}

}  // namespace kindred::index
