#include "text/aligned_text.h"

#include <algorithm>

#include "text/unicode.h"

namespace kindred::text {
namespace {

struct Spaces {
  std::size_t bytes = 0;
  std::size_t characters = 0;
};

Spaces leading_spaces(std::string_view text) {
  Spaces spaces;
  while (spaces.bytes < text.size()) {
    const CodePoint c = decode(text, spaces.bytes);
    if (!Unicode::get().is(c.value, kWhite)) break;
    spaces.bytes += c.bytes;
    ++spaces.characters;
  }
  return spaces;
}

Spaces trailing_spaces(std::string_view text) {
  Spaces spaces;
  while (spaces.bytes < text.size()) {
    const CodePoint c = decode_before(text, text.size() - spaces.bytes);
    if (!Unicode::get().is(c.value, kWhite)) break;
    spaces.bytes += c.bytes;
    ++spaces.characters;
  }
  return spaces;
}

}  // namespace

AlignedText::AlignedText(std::string_view original)
    : text_(original), original_size_(static_cast<std::uint32_t>(original.size())) {
  alignments_.reserve(original.size());
  for (std::uint32_t at = 0; at < original.size();) {
    const std::uint32_t end = at + decode(original, at).bytes;
    alignments_.insert(alignments_.end(), end - at, {at, end});
    at = end;
  }
}

AlignedText AlignedText::slice(std::size_t begin, std::size_t end) const {
  AlignedText piece;
  piece.text_ = text_.substr(begin, end - begin);
  piece.alignments_.assign(alignments_.begin() + static_cast<std::ptrdiff_t>(begin),
                           alignments_.begin() + static_cast<std::ptrdiff_t>(end));
  const ByteSpan from = original(begin, end);
  piece.begin_ = from.begin;
  piece.original_size_ = from.end > from.begin ? from.end - from.begin : 0;
  return piece;
}

// The bytes of text_ that the whole original turned into: all of them but inserted ones of no width
// at the beginning.
ByteSpan AlignedText::whole_range() const noexcept {
  if (original_size_ == 0) return {0, 0};
  std::uint32_t count = 0;
  while (count < alignments_.size() && alignments_[count].end <= begin_ + original_size_) ++count;
  for (std::uint32_t i = 0; i < count; ++i)
    if (alignments_[i].begin >= begin_ && alignments_[i].begin != alignments_[i].end)
      return {i, count};
  return {count, count};
}

void AlignedText::transform(std::span<const Change> changes, std::size_t removed) {
  if (text_.empty()) return;
  transform_range(whole_range(), changes, removed);
}

void AlignedText::transform_range(ByteSpan range, std::span<const Change> changes,
                                  std::size_t removed) {
  // `at` is the next character of the old text that has not been replaced or removed.
  std::size_t at = range.begin;
  const auto skip = [this, &at, range] {
    if (at < range.end) at += decode(text_, at).bytes;
  };
  for (; removed > 0; --removed) skip();

  std::string text;
  std::vector<ByteSpan> alignments;
  text.reserve(range.end - range.begin);
  alignments.reserve(range.end - range.begin);
  for (const Change& change : changes) {
    ByteSpan from{begin_, begin_};
    if (change.change <= 0) {
      if (!alignments_.empty()) from = alignments_[std::min(at, alignments_.size() - 1)];
      for (int n = change.change; n <= 0; ++n) skip();
    } else if (at > 0) {
      from = alignments_[at - 1];
    }
    append(text, change.c);
    alignments.insert(alignments.end(), encoded_bytes(change.c), from);
  }
  text_.replace(range.begin, range.end - range.begin, text);
  const auto first = alignments_.begin() + range.begin;
  const auto next = alignments_.erase(first, alignments_.begin() + range.end);
  alignments_.insert(next, alignments.begin(), alignments.end());
}

void AlignedText::strip(bool left, bool right) {
  const Spaces leading = left ? leading_spaces(text_) : Spaces{};
  const Spaces trailing = right ? trailing_spaces(text_) : Spaces{};
  if (leading.bytes == 0 && trailing.bytes == 0) return;
  std::vector<Change> changes;
  for (std::size_t at = leading.bytes; at + trailing.bytes < text_.size();) {
    const CodePoint c = decode(text_, at);
    changes.push_back({c.value, 0});
    at += c.bytes;
  }
  transform(changes, leading.characters);
}

void AlignedText::prepend(std::string_view prefix) {
  if (text_.empty()) return;
  const CodePoint first = decode(text_, 0);
  std::vector<Change> changes;
  for (std::size_t at = 0; at < prefix.size();) {
    const CodePoint c = decode(prefix, at);
    changes.push_back({c.value, at == 0 ? 0 : 1});
    at += c.bytes;
  }
  changes.push_back({first.value, 1});
  transform_range({0, first.bytes}, changes, 0);
}

void AlignedText::replace(const Pattern& pattern, std::string_view content) {
  std::vector<Match> matches;
  pattern.find(text_, matches);
  std::string text;
  std::vector<ByteSpan> alignments;
  text.reserve(text_.size());
  alignments.reserve(text_.size());
  for (const Match& match : matches) {
    if (match.is_match) {
      const ByteSpan from = match.end == 0 ? ByteSpan{begin_, begin_} : alignments_[match.end - 1];
      text.append(content);
      alignments.insert(alignments.end(), content.size(), from);
    } else {
      text.append(text_, match.begin, match.end - match.begin);
      alignments.insert(alignments.end(), alignments_.begin() + match.begin,
                        alignments_.begin() + match.end);
    }
  }
  text_ = std::move(text);
  alignments_ = std::move(alignments);
}

void PlainText::strip(bool left, bool right) {
  if (left) text_.erase(0, leading_spaces(text_).bytes);
  if (right) text_.resize(text_.size() - trailing_spaces(text_).bytes);
}

void PlainText::prepend(std::string_view prefix) {
  if (!text_.empty()) text_.insert(0, prefix);
}

void PlainText::replace(const Pattern& pattern, std::string_view content) {
  matches_.clear();
  pattern.find(text_, matches_);
  if (std::none_of(matches_.begin(), matches_.end(), [](const Match& m) { return m.is_match; }))
    return;
  // What is inserted before everything has no width, and AlignedText::whole_range leaves it out.
  if (matches_[0].is_match && matches_[0].end == 0) exact_ = false;
  std::string& out = buffer();
  for (const Match& match : matches_)
    out.append(match.is_match ? content : text().substr(match.begin, match.end - match.begin));
  swap_in();
}

}  // namespace kindred::text
