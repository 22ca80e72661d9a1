// A text's own tokens cut into windows. Tested by encode_windows_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kindred/encoder.h"

namespace kindred::encode {

/// Tokens [begin, end) of a text's own.
struct TokenWindow {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const TokenWindow&) const = default;
};

/// Windows of `size` tokens, `step` apart, the last one at the end and maybe shorter. One for no
/// tokens.
std::vector<TokenWindow> windows_over(std::size_t tokens, std::size_t size, std::size_t step);

/// A tokenised text: what the template and the prompt put in front, its own tokens, what comes
/// behind.
struct WindowedText {
  std::vector<std::uint32_t> front;
  std::vector<std::uint32_t> own;
  std::vector<std::uint32_t> behind;
  std::vector<CharSpan> characters;  ///< of the own tokens, in the text without its prompt
  std::vector<TokenWindow> windows;
  std::uint32_t prompt = 0;  ///< tokens in front that pooling leaves out

  /// Front, own tokens [begin, end) and behind.
  std::vector<std::uint32_t> sequence(TokenWindow part) const;
};

}  // namespace kindred::encode
