// A text with a word marked by [[ ]], and that word's vector. Tested by marked_text_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/encoder.h"
#include "kindred/tokenizer.h"

namespace kindred::encode {

struct MarkedText {
  std::string text;              ///< without the brackets
  std::string word;              ///< what stood between them
  std::optional<CharSpan> span;  ///< of the word in `text`; unset where nothing is marked
};

/// Errors: bad_input for more than one mark, an empty one or one that is not closed.
MarkedText parse_marked(std::string_view text);

/// The mean of the vectors of the tokens that lie in the span or reach into it, a token that only
/// marks a word's beginning left out. Errors: bad_input
/// when no token does (the text was cut before the word).
std::vector<float> word_vector(const TokenVectors& tokens, const CharSpan& span);

}  // namespace kindred::encode
