// Steps that several components share. Tested by normalizer_test.cc.
#pragma once

#include "text/aligned_text.h"
#include "text/models/byte_level.h"
#include "text/unicode.h"

namespace kindred::text {

/// `Text` is AlignedText or PlainText.
template <typename Text>
void lowercase(Text& text) {
  text.rewrite([](char32_t c, const auto& emit) {
    if (c == kDottedCapitalI) {
      emit(U'i', 0);
      emit(kDotAbove, 1);
    } else {
      emit(to_lower(c), 0);
    }
  });
}

/// Writes each byte as its printable character (byte-level BPE).
inline void map_to_byte_characters(AlignedText& text) {
  const ByteLevelCharacters& characters = ByteLevelCharacters::get();
  text.rewrite([&characters](char32_t c, const auto& emit) {
    char bytes[4];
    const std::uint32_t count = encode(c, bytes);
    for (std::uint32_t i = 0; i < count; ++i)
      emit(decode(characters[static_cast<unsigned char>(bytes[i])], 0).value, i == 0 ? 0 : 1);
  });
}

}  // namespace kindred::text
