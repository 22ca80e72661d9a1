// Lengths in valid UTF-8. Tested by token_model_test.cc.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kindred::text {

/// Bytes of the character that begins at `at`, from its first byte; cut off at the end of `text`,
/// so that a broken sequence cannot lead outside.
inline std::size_t character_bytes(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(bytes, text.size() - at);
}

/// Characters: bytes that do not continue one.
inline std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

}  // namespace kindred::text
