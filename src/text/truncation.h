// Cutting tokenised texts to a length. Tested by truncation_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "kindred/tokenizer.h"
#include "text/json_field.h"
#include "text/post_processor.h"

namespace kindred::text {

enum class TruncationStrategy { longest_first, only_first, only_second };

/// The field `truncation` of a tokenizer.json. Its `stride` is about the overflow, which Kindred
/// does not return.
struct Truncation {
  std::size_t max_length = TokenizeOptions::kNoTruncation;
  TruncationStrategy strategy = TruncationStrategy::longest_first;
  TruncationSide side = TruncationSide::right;
};

/// Nothing where `field` is null. Errors: corrupt, unsupported.
std::optional<Truncation> read_truncation(const JsonField& field);

/// Cuts one text or a pair, so that together they have at most `truncation.max_length` tokens; true
/// where something was cut. Errors: bad_input where the strategy cannot do that.
bool truncate(std::vector<Segment>& texts, const Truncation& truncation);

}  // namespace kindred::text
