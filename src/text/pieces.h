// The pieces that a text falls into on its way to the model. Tested by pre_tokenizer_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/aligned_text.h"

namespace kindred::text {

/// A piece with the way back to the original text; `id` where it is an added token already.
struct AlignedPiece {
  AlignedText text;
  std::optional<std::uint32_t> id;
};
using AlignedPieces = std::vector<AlignedPiece>;

/// Bytes [begin, end) of PlainPieces::text.
struct PlainPiece {
  static constexpr std::uint32_t kNoId = 0xffffffff;
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t id = kNoId;
};

/// The fast path's pieces: one text and ranges of it. Reused from text to text.
struct PlainPieces {
  std::string text;
  std::vector<PlainPiece> pieces;
  /// The first piece begins with the first character of the original text.
  bool begins_at_origin = true;
  /// False where the slow path could have come to another result.
  bool exact = true;
  /// The pieces are bytes, where the pre-tokenizer would have written their printable characters.
  bool raw = false;
  /// The model takes raw bytes, so that the last pre-tokenizer need not write the characters.
  bool may_be_raw = false;

  void reset() {
    text.clear();
    pieces.clear();
    begins_at_origin = true;
    exact = true;
    raw = false;
  }
  std::string_view view(const PlainPiece& piece) const {
    return std::string_view(text).substr(piece.begin, piece.end - piece.begin);
  }

  /// Each piece of text becomes the non-empty ranges that split(text, out) appends to `out`, a
  /// vector of ByteSpan.
  template <typename Split>
  void split(const Split& split) {
    next_.clear();
    for (const PlainPiece& piece : pieces) {
      if (piece.id != PlainPiece::kNoId) {
        next_.push_back(piece);
        continue;
      }
      spans_.clear();
      split(view(piece), spans_);
      for (const ByteSpan& span : spans_)
        if (span.begin != span.end)
          next_.push_back({piece.begin + span.begin, piece.begin + span.end});
    }
    if (!next_.empty() && next_[0].begin != 0) begins_at_origin = false;
    pieces.swap(next_);
  }
  /// Each piece of text becomes what rewrite(text, out) appends to the string `out`.
  template <typename Rewrite>
  void rewrite(const Rewrite& rewrite) {
    next_text_.clear();
    for (PlainPiece& piece : pieces) {
      const auto begin = static_cast<std::uint32_t>(next_text_.size());
      if (piece.id == PlainPiece::kNoId) rewrite(view(piece), next_text_);
      piece.begin = begin;
      piece.end = static_cast<std::uint32_t>(next_text_.size());
    }
    text.swap(next_text_);
  }

 private:
  std::vector<PlainPiece> next_;
  std::vector<ByteSpan> spans_;
  std::string next_text_;
};

/// As PlainPieces::split.
template <typename Split>
void split_pieces(AlignedPieces& pieces, const Split& split) {
  AlignedPieces next;
  next.reserve(pieces.size());
  std::vector<ByteSpan> spans;
  for (AlignedPiece& piece : pieces) {
    if (piece.id) {
      next.push_back(std::move(piece));
      continue;
    }
    spans.clear();
    split(piece.text.text(), spans);
    for (const ByteSpan& span : spans)
      if (span.begin != span.end)
        next.push_back({piece.text.slice(span.begin, span.end), std::nullopt});
  }
  pieces = std::move(next);
}

}  // namespace kindred::text
