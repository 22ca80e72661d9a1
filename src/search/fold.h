// Letters without case, width and accents. Tested by analyzer_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::search {

/// What a character is to the analysis.
enum class CharacterClass : std::uint8_t {
  separator,
  letter,  ///< marks behind it belong to it
  digit,
  mark,
  segmented,  ///< of a script that writes words without spaces between them
};
CharacterClass class_of(char32_t c) noexcept;
bool is_han(char32_t c) noexcept;

/// NFKC with case folding, then without the accents and strokes of Latin, Greek and Cyrillic.
/// Valid UTF-8: what was not is U+FFFD.
std::string fold(std::string_view text);

}  // namespace kindred::search
