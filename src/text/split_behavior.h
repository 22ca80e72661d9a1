// What becomes of the delimiters that a text is split at. Tested by pre_tokenizer_test.cc.
#pragma once

#include <vector>

#include "text/aligned_text.h"
#include "text/json_field.h"
#include "text/pattern.h"

namespace kindred::text {

/// "a-b--c" split at '-': removed a b c; isolated a - b - - c; merged_with_previous a- b- - c;
/// merged_with_next a -b - -c; contiguous a - b -- c.
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

SplitBehavior read_split_behavior(const JsonField& field);

/// Appends the spans that the matches (which cover the text) leave. `invert`: what is between the
/// matches is the delimiter. Spans may be empty.
void split_at(const std::vector<Match>& matches, SplitBehavior behavior, bool invert,
              std::vector<ByteSpan>& out);

}  // namespace kindred::text
