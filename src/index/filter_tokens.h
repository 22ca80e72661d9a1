// The words and signs of a filter expression. Internal to filter_parser.cc and filter_text.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kindred::index {

enum class FilterTokenKind { word, quoted, sign, end };

struct FilterToken {
  FilterTokenKind kind = FilterTokenKind::end;
  std::string text;        ///< of a quoted one, without quotes and backslashes
  std::size_t offset = 0;  ///< in bytes

  bool is_sign(std::string_view sign) const {
    return kind == FilterTokenKind::sign && text == sign;
  }
  /// An unquoted word, whatever its case; `keyword` in upper case.
  bool is_keyword(std::string_view keyword) const;
  bool is_any_keyword() const;
  /// "'IN'" or "the end", for messages.
  std::string shown() const;
};

/// The token at or behind `offset`. Errors: bad_input with the column.
FilterToken next_filter_token(std::string_view text, std::size_t offset, std::size_t& behind);

/// `text` as a word of an expression, quoted where it must be.
std::string filter_word(std::string_view text);

/// Throws bad_input: "filter, column 7: …". `offset` is in bytes, the column in characters.
[[noreturn]] void fail_in_filter(std::string_view text, std::size_t offset, std::string_view what);

}  // namespace kindred::index
