// JSON numbers as the reference tokenizer reads them. Tested by json_number_test.cc.
#pragma once

#include <optional>
#include <string_view>

namespace kindred::text {

/// Reads a JSON number as serde_json does by default: the digits as a 64-bit integer, then one
/// multiplication or division by a power of ten. This is not always the nearest double, and the
/// difference decides between paths of equal score in a Unigram model.
/// Nothing for what is no JSON number or too large.
std::optional<double> parse_json_number(std::string_view text);

}  // namespace kindred::text
