// The printable characters that byte-level BPE writes bytes as. Tested by token_model_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::text {

/// GPT-2's table: printable Latin-1 bytes stand for themselves, the others for U+0100 and on, in
/// order; all in UTF-8.
class ByteLevelCharacters {
 public:
  static const ByteLevelCharacters& get() {
    static const ByteLevelCharacters table;
    return table;
  }
  std::string_view operator[](unsigned char byte) const noexcept {
    return {characters_[byte].data(), characters_[byte][1] == '\0' ? std::size_t{1} : 2};
  }
  void append(std::string_view bytes, std::string& out) const {
    for (char byte : bytes) out.append((*this)[static_cast<unsigned char>(byte)]);
  }

 private:
  ByteLevelCharacters() {
    unsigned next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
      const unsigned code = printable ? byte : next++;
      if (code < 0x80) {
        characters_[byte] = {static_cast<char>(code), '\0'};
      } else {
        characters_[byte] = {static_cast<char>(0xc0 | code >> 6),
                             static_cast<char>(0x80 | (code & 0x3f))};
      }
    }
  }
  std::array<std::array<char, 2>, 256> characters_;
};

}  // namespace kindred::text
