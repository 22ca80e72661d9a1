// Text under normalisation, with and without the way back to the original.
// Tested by normalizer_test.cc and tokenizer_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/code_points.h"
#include "text/pattern.h"

namespace kindred::text {

/// One character of a rewritten text. `change` says how it came about: 0, it replaces one
/// character; 1, it is new; -n, it replaces one character and n more after it are gone.
struct Change {
  char32_t c;
  int change;
};

/// Bytes [begin, end) of the original text.
struct ByteSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const ByteSpan&) const = default;
};

/// A (piece of a) text and, for each of its bytes, the character of the original that it stems
/// from. Follows `NormalizedString` of Hugging Face `tokenizers` in all its habits, for offsets
/// must come out the same: what is prepended belongs to the first character, what replaces a match
/// to the last byte of the match, and so on.
class AlignedText {
 public:
  explicit AlignedText(std::string_view original);

  std::string_view text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  /// Where in the original the piece begins.
  std::uint32_t original_begin() const noexcept { return begin_; }
  /// What bytes [begin, end) of `text()` stem from. begin < end <= size.
  ByteSpan original(std::size_t begin, std::size_t end) const noexcept {
    return {alignments_[begin].begin, alignments_[end - 1].end};
  }
  /// Bytes [begin, end) of `text()`, not empty, on character boundaries.
  AlignedText slice(std::size_t begin, std::size_t end) const;

  /// The new text, character by character; `removed` characters are gone before the first of it.
  void transform(std::span<const Change> changes, std::size_t removed);
  /// As `transform`, with rewrite(c, emit), which calls emit(char32_t, int change) for each c.
  template <typename Rewrite>
  void rewrite(const Rewrite& rewrite) {
    std::vector<Change> changes;
    changes.reserve(text_.size());
    for_each([&](char32_t c) {
      rewrite(c, [&changes](char32_t to, int change) { changes.push_back({to, change}); });
    });
    transform(changes, 0);
  }
  template <typename Keep>
  void filter(const Keep& keep) {
    std::vector<Change> changes;
    changes.reserve(text_.size());
    std::size_t removed_first = 0;
    for_each([&](char32_t c) {
      if (keep(c)) {
        changes.push_back({c, 0});
      } else if (changes.empty()) {
        ++removed_first;
      } else {
        --changes.back().change;
      }
    });
    transform(changes, removed_first);
  }
  /// Drops white space.
  void strip(bool left, bool right);
  /// Nothing happens to an empty text.
  void prepend(std::string_view prefix);
  /// Each match of `pattern` becomes `content`.
  void replace(const Pattern& pattern, std::string_view content);

 private:
  AlignedText() = default;
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t at = 0; at < text_.size();) {
      const CodePoint c = decode(text_, at);
      visit(c.value);
      at += c.bytes;
    }
  }
  ByteSpan whole_range() const noexcept;
  void transform_range(ByteSpan range, std::span<const Change> changes, std::size_t removed);

  std::string text_;
  std::vector<ByteSpan> alignments_;  // one for each byte of text_, in the whole original
  std::uint32_t begin_ = 0;
  std::uint32_t original_size_ = 0;
};

/// The same operations on a text alone: the fast path. Reused from text to text.
class PlainText {
 public:
  void assign(std::string_view original) {
    text_.assign(original);
    exact_ = true;
  }
  /// False where AlignedText could have come to another text: take the slow path.
  bool exact() const noexcept { return exact_; }
  std::string_view text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  /// The text itself and a buffer to build its successor in, for what needs no more than that;
  /// swap_in makes the buffer the text.
  std::string& buffer() noexcept {
    next_.clear();
    return next_;
  }
  void swap_in() noexcept { text_.swap(next_); }

  void transform(std::span<const Change> changes, std::size_t /*removed*/) {
    std::string& out = buffer();
    for (const Change& change : changes) append(out, change.c);
    swap_in();
  }
  template <typename Rewrite>
  void rewrite(const Rewrite& rewrite) {
    std::string& out = buffer();
    for (std::size_t at = 0; at < text_.size();) {
      const CodePoint c = decode(text_, at);
      rewrite(c.value, [&out](char32_t to, int) { append(out, to); });
      at += c.bytes;
    }
    swap_in();
  }
  template <typename Keep>
  void filter(const Keep& keep) {
    rewrite([&keep](char32_t c, const auto& emit) {
      if (keep(c)) emit(c, 0);
    });
  }
  void strip(bool left, bool right);
  void prepend(std::string_view prefix);
  void replace(const Pattern& pattern, std::string_view content);

 private:
  std::string text_;
  std::string next_;
  std::vector<Match> matches_;
  bool exact_ = true;
};

}  // namespace kindred::text
