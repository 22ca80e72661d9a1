#include "text/pre_tokenizer.h"

#include <array>

#include "base/error.h"
#include "text/rewriting_pre_tokenizers.h"
#include "text/split_behavior.h"
#include "text/unicode.h"

namespace kindred::text {
namespace {

// A pre-tokenizer that only cuts: both paths from one member spans(text, out).
template <typename Derived>
class Cutter : public PreTokenizer {
 public:
  void apply(AlignedPieces& pieces) const override {
    split_pieces(pieces, [this](std::string_view text, std::vector<ByteSpan>& out) {
      self().spans(text, out);
    });
  }
  void apply(PlainPieces& pieces) const override {
    pieces.split(
        [this](std::string_view text, std::vector<ByteSpan>& out) { self().spans(text, out); });
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

// Each character that is_delimiter is a match of its own.
template <typename IsDelimiter>
void split_at_characters(std::string_view text, SplitBehavior behavior,
                         const IsDelimiter& is_delimiter, std::vector<ByteSpan>& out) {
  thread_local std::vector<Match> matches;
  matches.clear();
  std::uint32_t last = 0;
  for (std::uint32_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    if (is_delimiter(c.value)) {
      if (last < at) matches.push_back({last, at, false});
      matches.push_back({at, at + c.bytes, true});
      last = at + c.bytes;
    }
    at += c.bytes;
  }
  if (last < text.size()) matches.push_back({last, static_cast<std::uint32_t>(text.size()), false});
  split_at(matches, behavior, /*invert=*/false, out);
}

enum class WordBreak : std::uint8_t { none, dropped, alone };

// Cuts at characters that are dropped or stand alone: the shape of several pre-tokenizers.
template <typename Classify>
void split_words(std::string_view text, const Classify& classify, std::vector<ByteSpan>& out) {
  std::uint32_t word = 0;
  for (std::uint32_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    const std::uint32_t end = at + c.bytes;
    const WordBreak kind = classify(c.value);
    if (kind != WordBreak::none) {
      if (word < at) out.push_back({word, at});
      if (kind == WordBreak::alone) out.push_back({at, end});
      word = end;
    }
    at = end;
  }
  if (word < text.size()) out.push_back({word, static_cast<std::uint32_t>(text.size())});
}

class BertPreTokenizer final : public Cutter<BertPreTokenizer> {
 public:
  BertPreTokenizer() {
    for (char32_t c = 0; c < ascii_.size(); ++c) ascii_[c] = classify(c);
  }
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    split_words(
        text, [this](char32_t c) { return c < ascii_.size() ? ascii_[c] : classify(c); }, out);
  }

 private:
  WordBreak classify(char32_t c) const {
    const std::uint32_t bits = unicode_.bits(c);
    return bits & kWhite         ? WordBreak::dropped
           : bits & kPunctuation ? WordBreak::alone
                                 : WordBreak::none;
  }
  const Unicode& unicode_ = Unicode::get();
  std::array<WordBreak, 128> ascii_;
};

class WhitespaceSplit final : public Cutter<WhitespaceSplit> {
 public:
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    split_words(
        text,
        [this](char32_t c) {
          return unicode_.is(c, kWhite) ? WordBreak::dropped : WordBreak::none;
        },
        out);
  }

 private:
  const Unicode& unicode_ = Unicode::get();
};

// \w+|[^\w\s]+
class Whitespace final : public Cutter<Whitespace> {
 public:
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    std::uint32_t last_kind = kWhite;
    for (std::uint32_t at = 0; at < text.size();) {
      const CodePoint c = decode(text, at);
      const std::uint32_t kind = unicode_.bits(c.value) & (kWord | kWhite);
      if (kind == kWhite) {
      } else if (kind == last_kind) {
        out.back().end = at + c.bytes;
      } else {
        out.push_back({at, at + c.bytes});
      }
      last_kind = kind;
      at += c.bytes;
    }
  }

 private:
  const Unicode& unicode_ = Unicode::get();
};

// Cuts at the characters with a property, by a behaviour: Punctuation and Digits.
class PropertySplit final : public Cutter<PropertySplit> {
 public:
  PropertySplit(std::uint32_t property, SplitBehavior behavior)
      : property_(property), behavior_(behavior) {}
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    if (behavior_ == SplitBehavior::isolated) {
      split_words(
          text,
          [this](char32_t c) {
            return unicode_.is(c, property_) ? WordBreak::alone : WordBreak::none;
          },
          out);
      return;
    }
    split_at_characters(
        text, behavior_, [this](char32_t c) { return unicode_.is(c, property_); }, out);
  }

 private:
  const Unicode& unicode_ = Unicode::get();
  std::uint32_t property_;
  SplitBehavior behavior_;
};

class CharDelimiterSplit final : public Cutter<CharDelimiterSplit> {
 public:
  explicit CharDelimiterSplit(char32_t delimiter) : delimiter_(delimiter) {}
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    split_words(
        text, [this](char32_t c) { return c == delimiter_ ? WordBreak::dropped : WordBreak::none; },
        out);
  }

 private:
  char32_t delimiter_;
};

class Split final : public Cutter<Split> {
 public:
  Split(std::unique_ptr<const Pattern> pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    thread_local std::vector<Match> matches;
    matches.clear();
    pattern_->find(text, matches);
    split_at(matches, behavior_, invert_, out);
  }

 private:
  std::unique_ptr<const Pattern> pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

// Cuts where the script changes. What comes before the first character of any script is lost, as in
// `tokenizers`.
class UnicodeScripts final : public Cutter<UnicodeScripts> {
 public:
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    std::uint16_t last = 0;
    std::uint32_t begin = 0;
    for (std::uint32_t at = 0; at < text.size();) {
      const CodePoint c = decode(text, at);
      const std::uint16_t script = script_of(c.value);
      if (script != 0 && script != last) {
        if (last != 0) out.push_back({begin, at});
        begin = at;
        last = script;
      }
      at += c.bytes;
    }
    if (last != 0) out.push_back({begin, static_cast<std::uint32_t>(text.size())});
  }
};

class FixedLength final : public Cutter<FixedLength> {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}
  void spans(std::string_view text, std::vector<ByteSpan>& out) const {
    std::uint32_t at = 0;
    while (at < text.size()) {
      const std::uint32_t begin = at;
      for (std::size_t n = 0; n < length_ && at < text.size(); ++n) at += decode(text, at).bytes;
      out.push_back({begin, at});
    }
  }

 private:
  std::size_t length_;
};

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const PreTokenizer>> parts)
      : parts_(std::move(parts)) {}
  void apply(AlignedPieces& pieces) const override {
    for (const auto& part : parts_) part->apply(pieces);
  }
  void apply(PlainPieces& pieces) const override {
    const bool may_be_raw = pieces.may_be_raw;
    for (const auto& part : parts_) {
      pieces.may_be_raw = may_be_raw && part == parts_.back();
      part->apply(pieces);
    }
    pieces.may_be_raw = may_be_raw;
  }

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> parts_;
};

std::unique_ptr<const PreTokenizer> make_sequence(const JsonField& field) {
  std::vector<std::unique_ptr<const PreTokenizer>> parts;
  const JsonField list = field.at("pretokenizers");
  for (std::size_t i = 0; i < list.size(); ++i) parts.push_back(make_pre_tokenizer(list.at(i)));
  return std::make_unique<Sequence>(std::move(parts));
}

std::unique_ptr<const PreTokenizer> make_fixed_length(const JsonField& field) {
  const std::size_t length = field.has("length") ? field.at("length").count() : 5;
  if (length == 0) field.corrupt("a length of 0");
  return std::make_unique<FixedLength>(length);
}

}  // namespace

std::unique_ptr<const PreTokenizer> make_pre_tokenizer(const JsonField& field) {
  const std::string type = field.type();
  if (type == "BertPreTokenizer") return std::make_unique<BertPreTokenizer>();
  if (type == "ByteLevel") return make_byte_level_pre_tokenizer(field);
  if (type == "Metaspace") return make_metaspace_pre_tokenizer(field);
  if (type == "Whitespace") return std::make_unique<Whitespace>();
  if (type == "WhitespaceSplit") return std::make_unique<WhitespaceSplit>();
  if (type == "Digits") {
    return std::make_unique<PropertySplit>(kNumeric, field.boolean("individual_digits")
                                                         ? SplitBehavior::isolated
                                                         : SplitBehavior::contiguous);
  }
  if (type == "Punctuation") {
    return std::make_unique<PropertySplit>(
        kPunctuation, field.has("behavior") ? read_split_behavior(field.at("behavior"))
                                            : SplitBehavior::isolated);
  }
  if (type == "Split") {
    return std::make_unique<Split>(make_pattern(field.at("pattern")),
                                   read_split_behavior(field.at("behavior")),
                                   field.boolean("invert"));
  }
  if (type == "CharDelimiterSplit")
    return std::make_unique<CharDelimiterSplit>(field.at("delimiter").character());
  if (type == "UnicodeScripts") return std::make_unique<UnicodeScripts>();
  if (type == "FixedLength") return make_fixed_length(field);
  if (type == "Sequence") return make_sequence(field);
  field.unsupported(fmt::format("the pre-tokenizer '{}'", type));
}

}  // namespace kindred::text
