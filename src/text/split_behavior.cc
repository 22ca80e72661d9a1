#include "text/split_behavior.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::text {

SplitBehavior read_split_behavior(const JsonField& field) {
  const std::string name = field.string();
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  field.unsupported(fmt::format("the split behavior '{}'", name));
}

namespace {

ByteSpan span_of(const Match& match) {
  return {match.begin, match.end};
}

void contiguous(const std::vector<Match>& matches, bool invert, std::vector<ByteSpan>& out) {
  const std::size_t first = out.size();
  bool previous = false;
  for (const Match& match : matches) {
    const bool delimiter = match.is_match != invert;
    if (delimiter == previous && out.size() > first) {
      out.back().end = match.end;
    } else {
      out.push_back(span_of(match));
    }
    previous = delimiter;
  }
}

void merged_with_previous(const std::vector<Match>& matches, bool invert,
                          std::vector<ByteSpan>& out) {
  const std::size_t first = out.size();
  bool previous = false;
  for (const Match& match : matches) {
    const bool delimiter = match.is_match != invert;
    if (delimiter && !previous && out.size() > first) {
      out.back().end = match.end;
    } else {
      out.push_back(span_of(match));
    }
    previous = delimiter;
  }
}

void merged_with_next(const std::vector<Match>& matches, bool invert, std::vector<ByteSpan>& out) {
  const std::size_t first = out.size();
  bool previous = false;
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    const bool delimiter = match->is_match != invert;
    if (delimiter && !previous && out.size() > first) {
      out.back().begin = match->begin;
    } else {
      out.push_back(span_of(*match));
    }
    previous = delimiter;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
}

}  // namespace

void split_at(const std::vector<Match>& matches, SplitBehavior behavior, bool invert,
              std::vector<ByteSpan>& out) {
  switch (behavior) {
    case SplitBehavior::removed:
      for (const Match& match : matches)
        if (match.is_match == invert) out.push_back(span_of(match));
      return;
    case SplitBehavior::isolated:
      for (const Match& match : matches) out.push_back(span_of(match));
      return;
    case SplitBehavior::merged_with_previous:
      return merged_with_previous(matches, invert, out);
    case SplitBehavior::merged_with_next:
      return merged_with_next(matches, invert, out);
    case SplitBehavior::contiguous:
      return contiguous(matches, invert, out);
  }
}

}  // namespace kindred::text
