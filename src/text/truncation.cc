#include "text/truncation.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::text {
namespace {

template <typename T>
void cut(std::vector<T>& list, std::size_t length, TruncationSide side) {
  if (list.size() <= length) return;
  if (side == TruncationSide::left) {
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(length));
  } else {
    list.resize(length);
  }
}

void cut(Segment& segment, std::size_t length, TruncationSide side) {
  Encoding& encoding = segment.encoding;
  cut(encoding.ids, length, side);
  cut(encoding.type_ids, length, side);
  cut(encoding.attention_mask, length, side);
  cut(encoding.special_tokens_mask, length, side);
  cut(encoding.offsets, length, side);
  cut(segment.token_texts, length, side);
}

std::size_t size_of(const Segment& segment) {
  return segment.encoding.ids.size();
}

// The lengths of a pair under longest_first: the longer gives first, then both are cut to halves.
void cut_longest_first(std::vector<Segment>& texts, const Truncation& truncation) {
  const std::size_t most = truncation.max_length;
  std::size_t shorter = size_of(texts[0]);
  std::size_t longer = size_of(texts[1]);
  const bool swapped = shorter > longer;
  if (swapped) std::swap(shorter, longer);
  longer = shorter > most ? shorter : std::max(shorter, most - shorter);
  if (shorter + longer > most) {
    shorter = most / 2;
    longer = shorter + most % 2;
  }
  cut(texts[0], swapped ? longer : shorter, truncation.side);
  cut(texts[1], swapped ? shorter : longer, truncation.side);
}

}  // namespace

std::optional<Truncation> read_truncation(const JsonField& field) {
  if (field.is_null()) return std::nullopt;
  Truncation truncation;
  truncation.max_length = field.at("max_length").count();
  field.at("stride").count();
  const std::string strategy = field.string("strategy");
  if (strategy == "OnlyFirst") {
    truncation.strategy = TruncationStrategy::only_first;
  } else if (strategy == "OnlySecond") {
    truncation.strategy = TruncationStrategy::only_second;
  } else if (strategy != "LongestFirst") {
    field.unsupported(fmt::format("the truncation strategy '{}'", strategy));
  }
  if (field.has("direction")) {
    const std::string direction = field.string("direction");
    if (direction == "Left") {
      truncation.side = TruncationSide::left;
    } else if (direction != "Right") {
      field.unsupported(fmt::format("the truncation direction '{}'", direction));
    }
  }
  return truncation;
}

bool truncate(std::vector<Segment>& texts, const Truncation& truncation) {
  std::size_t total = 0;
  for (const Segment& text : texts) total += size_of(text);
  if (total <= truncation.max_length) return false;
  if (truncation.max_length == 0) {
    for (Segment& text : texts) cut(text, 0, truncation.side);
    return true;
  }
  if (truncation.strategy == TruncationStrategy::longest_first) {
    if (texts.size() == 2) {
      cut_longest_first(texts, truncation);
    } else {
      cut(texts[0], truncation.max_length, truncation.side);
    }
    return true;
  }
  const std::size_t target = truncation.strategy == TruncationStrategy::only_first ? 0 : 1;
  const std::size_t excess = total - truncation.max_length;
  if (target >= texts.size() || size_of(texts[target]) <= excess) {
    fail(ErrorKind::bad_input,
         "the tokenizer truncates only the {} text, which {}; give a greater max_length",
         target == 0 ? "first" : "second",
         target >= texts.size() ? "is not there" : "is not long enough for it");
  }
  cut(texts[target], size_of(texts[target]) - excess, truncation.side);
  return true;
}

}  // namespace kindred::text
