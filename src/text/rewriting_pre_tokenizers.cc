#include "text/rewriting_pre_tokenizers.h"

#include <algorithm>

#include "base/error.h"
#include "text/models/byte_level.h"
#include "text/scanners.h"
#include "text/split_behavior.h"
#include "text/text_steps.h"

namespace kindred::text {
namespace {

void spans_of(const Pattern& pattern, SplitBehavior behavior, std::string_view text,
              std::vector<ByteSpan>& out) {
  thread_local std::vector<Match> matches;
  matches.clear();
  pattern.find(text, matches);
  split_at(matches, behavior, /*invert=*/false, out);
}

class ByteLevelPreTokenizer final : public PreTokenizer {
 public:
  ByteLevelPreTokenizer(bool add_prefix_space, bool use_regex)
      : add_prefix_space_(add_prefix_space) {
    if (use_regex) pattern_ = make_scanner(kGpt2Expression);
  }

  void apply(AlignedPieces& pieces) const override {
    if (add_prefix_space_) {
      for (AlignedPiece& piece : pieces)
        if (!piece.id && !piece.text.text().starts_with(' ')) piece.text.prepend(" ");
    }
    if (pattern_) {
      split_pieces(pieces, [this](std::string_view text, std::vector<ByteSpan>& out) {
        spans_of(*pattern_, SplitBehavior::isolated, text, out);
      });
    }
    for (AlignedPiece& piece : pieces)
      if (!piece.id) map_to_byte_characters(piece.text);
  }

  void apply(PlainPieces& pieces) const override {
    if (add_prefix_space_ && lacks_space(pieces)) {
      pieces.rewrite([](std::string_view text, std::string& out) {
        if (!text.starts_with(' ')) out += ' ';
        out.append(text);
      });
    }
    if (pattern_) {
      pieces.split([this](std::string_view text, std::vector<ByteSpan>& out) {
        spans_of(*pattern_, SplitBehavior::isolated, text, out);
      });
    }
    if (pieces.may_be_raw) {
      pieces.raw = true;
      return;
    }
    pieces.rewrite([](std::string_view text, std::string& out) {
      ByteLevelCharacters::get().append(text, out);
    });
  }

 private:
  static bool lacks_space(const PlainPieces& pieces) {
    return std::any_of(pieces.pieces.begin(), pieces.pieces.end(), [&](const PlainPiece& piece) {
      return piece.id == PlainPiece::kNoId && !pieces.view(piece).starts_with(' ');
    });
  }

  bool add_prefix_space_;
  std::unique_ptr<const Pattern> pattern_;
};

enum class PrependScheme { first, always, never };

// Spaces become a visible character, which also is put before the text, and words begin with it.
class Metaspace final : public PreTokenizer {
 public:
  Metaspace(std::string replacement, PrependScheme scheme, bool split)
      : replacement_(std::move(replacement)),
        mark_(Pattern::literal(replacement_)),
        space_(Pattern::literal(" ")),
        scheme_(scheme),
        split_(split) {}

  void apply(AlignedPieces& pieces) const override {
    for (AlignedPiece& piece : pieces) {
      if (piece.id) continue;
      piece.text.replace(*space_, replacement_);
      const bool wanted = scheme_ == PrependScheme::always ||
                          (scheme_ == PrependScheme::first && piece.text.original_begin() == 0);
      if (wanted && !piece.text.text().starts_with(replacement_)) piece.text.prepend(replacement_);
    }
    if (!split_) return;
    split_pieces(pieces, [this](std::string_view text, std::vector<ByteSpan>& out) {
      spans_of(*mark_, SplitBehavior::merged_with_next, text, out);
    });
  }

  void apply(PlainPieces& pieces) const override {
    // Several pieces may stem from one first character.
    if (scheme_ == PrependScheme::first && (!pieces.begins_at_origin || pieces.pieces.size() > 1))
      pieces.exact = false;
    const bool prepend = scheme_ != PrependScheme::never;
    pieces.rewrite([this, prepend](std::string_view text, std::string& out) {
      if (text.empty()) return;
      if (prepend && text[0] != ' ' && !text.starts_with(replacement_)) out.append(replacement_);
      while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        out.append(text, 0, space);
        text.remove_prefix(space);
        if (text.empty()) break;
        out.append(replacement_);
        text.remove_prefix(1);
      }
    });
    if (!split_) return;
    pieces.split([this](std::string_view text, std::vector<ByteSpan>& out) {
      spans_of(*mark_, SplitBehavior::merged_with_next, text, out);
    });
  }

 private:
  std::string replacement_;
  std::unique_ptr<const Pattern> mark_;
  std::unique_ptr<const Pattern> space_;
  PrependScheme scheme_;
  bool split_;
};

PrependScheme read_prepend_scheme(const JsonField& field) {
  PrependScheme scheme = PrependScheme::always;
  if (field.has("prepend_scheme")) {
    const std::string name = field.string("prepend_scheme");
    if (name == "first") {
      scheme = PrependScheme::first;
    } else if (name == "never") {
      scheme = PrependScheme::never;
    } else if (name != "always") {
      field.unsupported(fmt::format("the prepend_scheme '{}'", name));
    }
  }
  if (!field.boolean("add_prefix_space", true) && scheme != PrependScheme::never)
    field.corrupt("add_prefix_space is false, but prepend_scheme is not \"never\"");
  return scheme;
}

}  // namespace

std::unique_ptr<const PreTokenizer> make_byte_level_pre_tokenizer(const JsonField& field) {
  return std::make_unique<ByteLevelPreTokenizer>(field.boolean("add_prefix_space"),
                                                 field.boolean("use_regex", true));
}

std::unique_ptr<const PreTokenizer> make_metaspace_pre_tokenizer(const JsonField& field) {
  std::string replacement;
  append(replacement, field.at("replacement").character());
  return std::make_unique<Metaspace>(std::move(replacement), read_prepend_scheme(field),
                                     field.boolean("split", true));
}

}  // namespace kindred::text
