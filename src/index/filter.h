// Filter expressions: which rows a search may find. Tested by filter_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "index/fields.h"
#include "index/row_set.h"

namespace kindred::index {

/// `lang = zh AND (price < 50 OR brand IN (Acer, "Bang & Olufsen")) AND NOT category = "Electronics
/// > Phones"`.
///
///     expression  one of  e OR e    e AND e    NOT e    (e)    test        (NOT before AND before
///     OR) test        one of  FIELD = VALUE        FIELD != VALUE
///                         FIELD IN (VALUE, …)  FIELD NOT IN (VALUE, …)
///                         FIELD < NUMBER       and <=, >, >=
///                         FIELD LOW..HIGH      both ends inside; either may be left out
///                         FIELD EXISTS         the row has any tag or number of that name
///
/// Words are in upper or lower case. A field or value that has spaces or any of ()'",=!<> in it
/// stands in double or single quotes, a quote and a backslash in it behind a backslash. `=` matches
/// tags that are VALUE or stand beneath it ("Electronics > Phones" has "Electronics > Phones >
/// Android" beneath), and numbers that are equal to it. What a row lacks matches only NOT and !=.
struct Filter {
  enum class Kind : std::uint8_t { all_of, any_of, none_of, values, range, present };

  Kind kind = Kind::all_of;
  std::string field = {};                ///< of values, range and present
  std::vector<std::string> values = {};  ///< any of these
  NumberRange range = {};
  std::vector<Filter> children = {};  ///< of all_of and any_of, and the one of none_of

  bool operator==(const Filter&) const = default;
};

/// Expressions deeper or longer than this are refused.
inline constexpr int kMaxFilterDepth = 64;
inline constexpr std::size_t kMaxFilterBytes = std::size_t{1} << 20;

/// Errors: bad_input with the column (in characters, from 1) and what was expected there.
Filter parse_filter(std::string_view text);

/// The same as JSON: {"all": [f, …]}, {"any": [f, …]}, {"not": f}, {"field": "lang", "is": "zh"},
/// {"field": "brand", "in": ["Acer", 7]}, {"field": "price", "above": 1, "below": 9} ("from" and
/// "to" where the bound itself is inside), {"field": "price", "exists": true}. Errors: bad_input
/// with the place, as in "filter.all[1].in".
Filter parse_filter_json(std::string_view json);

/// An expression that parse_filter reads as a filter that matches the same; an equal one where the
/// filter came from parse_filter.
std::string to_string(const Filter& filter);

/// The names of all fields that a filter looks at, sorted, each once.
std::vector<std::string> fields_of(const Filter& filter);

/// The rows that match. Errors: as Fields' methods.
RowSet evaluate(const Filter& filter, const Fields& fields);

}  // namespace kindred::index
