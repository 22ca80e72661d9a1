// Properties of characters, as the parts of Hugging Face `tokenizers` see them.
// Tested by unicode_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace kindred::text {

/// Bits of a character's properties. Each comes from the Unicode version that the named part of
/// `tokenizers` has built in.
enum CharacterBits : std::uint32_t {
  kWhite = 1U << 0,        ///< Rust's char::is_whitespace; \s of both regex engines
  kBertRemoved = 1U << 1,  ///< what BertNormalizer's clean_text drops
  kBertMark = 1U << 2,     ///< what BertNormalizer's strip_accents drops after NFD
  kAccent = 1U << 3,       ///< what StripAccents drops
  kNumeric = 1U << 4,      ///< Rust's char::is_numeric (Digits)
  kPunctuation = 1U << 5,  ///< Punctuation and BertPreTokenizer
  kWord = 1U << 6,         ///< \w of the crate `regex` (Whitespace, single_word)
  kLetter = 1U << 7,       ///< Oniguruma's \p{L}
  kNumber = 1U << 8,       ///< Oniguruma's \p{N}
  kChinese = 1U << 9,      ///< BertNormalizer's handle_chinese_chars
  kHasLower = 1U << 10,    ///< to_lower changes it
  // For clusters (grapheme.h):
  kPictographic = 1U << 11,
  kConsonant = 1U << 12,
  kLinker = 1U << 13,
  kConjunctExtend = 1U << 14,
};

/// Grapheme_Cluster_Break, in the bits from kClusterShift up.
enum class Cluster : std::uint32_t {
  other,
  carriage_return,
  line_feed,
  control,
  extend,
  joiner,
  regional_indicator,
  prepend,
  spacing_mark,
  hangul_l,
  hangul_v,
  hangul_t,
  hangul_lv,
  hangul_lvt,
};
constexpr unsigned kClusterShift = 28;

/// Threads: immutable.
class Unicode {
 public:
  /// Built on first use, in a few milliseconds.
  static const Unicode& get();

  std::uint32_t bits(char32_t c) const noexcept {
    return blocks_[static_cast<std::size_t>(index_[c >> kBlockBits]) << kBlockBits |
                   (c & (kBlockSize - 1))];
  }
  bool is(char32_t c, std::uint32_t any_of) const noexcept { return (bits(c) & any_of) != 0; }
  Cluster cluster(char32_t c) const noexcept {
    return static_cast<Cluster>(bits(c) >> kClusterShift);
  }

 private:
  static constexpr unsigned kBlockBits = 7;
  static constexpr std::uint32_t kBlockSize = 1U << kBlockBits;

  Unicode();
  std::array<std::uint16_t, (0x110000 >> kBlockBits)> index_;
  std::vector<std::uint32_t> blocks_;
};

/// Rust's char::to_lowercase for all but U+0130, whose lower case is two characters: i, U+0307.
char32_t to_lower(char32_t c) noexcept;
constexpr char32_t kDottedCapitalI = 0x130;
constexpr char32_t kDotAbove = 0x307;

/// The number of a script of UnicodeScripts: 0 for what joins any script.
std::uint16_t script_of(char32_t c) noexcept;

}  // namespace kindred::text
