// Hand-written scanners for the regular expressions that most tokenizers split by: the same pieces,
// many times as fast. Tested by pattern_test.cc against ICU.
#pragma once

#include <memory>
#include <string_view>

#include "text/pattern.h"

namespace kindred::text {

/// GPT-2's expression, which the ByteLevel pre-tokenizer has built in.
extern const std::string_view kGpt2Expression;

/// The scanner for exactly this expression; null where there is none.
std::unique_ptr<const Pattern> make_scanner(std::string_view expression);

}  // namespace kindred::text
