// Unicode normal forms with the trace of what became of each character.
// Tested by normal_form_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/aligned_text.h"

namespace kindred::text {

enum class NormalForm { nfc, nfd, nfkc, nfkd };

/// Normalisation (UAX #15) by the Unicode version that `tokenizers` has built in: characters of
/// later versions are left alone. ICU has the data.
///
/// Threads: immutable.
class NormalForms {
 public:
  /// Built on first use, in some tens of milliseconds.
  static const NormalForms& get();

  /// True where `text` surely is in the form already (the quick check of UAX #15).
  bool is_normal(NormalForm form, std::string_view text) const;
  /// Appends the normalised text, character by character.
  void normalize(NormalForm form, std::string_view text, std::vector<Change>& out) const;
  /// Calls emit(char32_t) for each character of the full decomposition of `c`: `c` itself where it
  /// has none.
  template <typename Emit>
  void for_each_part(char32_t c, bool compatible, const Emit& emit) const {
    if (c - kSyllables < kSyllableCount) {
      const char32_t s = c - kSyllables;
      emit(kLeads + s / (kVowelCount * kTailCount));
      emit(kVowels + s % (kVowelCount * kTailCount) / kTailCount);
      if (s % kTailCount != 0) emit(kTails + s % kTailCount);
      return;
    }
    const Entry& e = entry(c);
    const std::uint16_t number = compatible ? e.compatible : e.canonical;
    if (number == 0) return emit(c);
    for (char32_t part : decompositions_[number]) emit(part);
  }
  std::uint8_t combining_class(char32_t c) const { return entry(c).combining_class; }

 private:
  // Hangul syllables are computed (chapter 3.12 of the standard).
  static constexpr char32_t kSyllables = 0xac00;
  static constexpr char32_t kLeads = 0x1100;
  static constexpr char32_t kVowels = 0x1161;
  static constexpr char32_t kTails = 0x11a7;
  static constexpr char32_t kLeadCount = 19;
  static constexpr char32_t kVowelCount = 21;
  static constexpr char32_t kTailCount = 28;
  static constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

  struct Entry {
    std::uint16_t canonical = 0;  // index into decompositions_, 0: none
    std::uint16_t compatible = 0;
    std::uint8_t combining_class = 0;
    std::uint8_t changes_in = 0;  // bit f: may not stand in form f as it is
    bool operator<(const Entry& other) const;
  };
  class Builder;

  NormalForms();
  const Entry& entry(char32_t c) const {
    return blocks_[static_cast<std::size_t>(index_[c >> kBlockBits]) << kBlockBits |
                   (c & (kBlockSize - 1))];
  }
  char32_t compose(char32_t first, char32_t second) const;
  void compose_all(std::vector<Change>& text, std::size_t begin) const;

  static constexpr unsigned kBlockBits = 7;
  static constexpr std::uint32_t kBlockSize = 1U << kBlockBits;
  std::array<std::uint16_t, (0x110000 >> kBlockBits)> index_;
  std::vector<Entry> blocks_;
  std::vector<std::u32string> decompositions_;
};

}  // namespace kindred::text
