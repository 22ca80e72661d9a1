// SentencePiece's precompiled normalisation: a double-array trie of what to replace, and by what.
// Tested by charsmap_test.cc.
// Format: u32 bytes of the trie; the trie (Darts-clone units); replacements, each ending with NUL.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::text {

/// Threads: immutable.
class Charsmap {
 public:
  /// `blob`: the map as the file has it, base64 undone. Errors: corrupt, naming `place`.
  Charsmap(std::string_view blob, const std::string& place);

  /// The replacement of the shortest key that begins `text`, as the Rust crate spm_precompiled has
  /// it; nothing where no key does.
  std::optional<std::string_view> replacement(std::string_view text) const noexcept;

  /// Bit c: the ASCII character c is left alone.
  bool keeps(unsigned char ascii) const noexcept { return kept_[ascii]; }

 private:
  std::vector<std::uint32_t> units_;
  std::string replacements_;
  std::array<bool, 128> kept_{};
};

}  // namespace kindred::text
