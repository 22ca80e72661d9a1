// The tokens <0x00> … <0xFF> of a vocabulary, for text that it does not cover otherwise.
// Tested by token_model_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "text/models/vocabulary.h"

namespace kindred::text {

/// Threads: immutable.
class ByteTokens {
 public:
  /// Covers nothing.
  ByteTokens() = default;
  explicit ByteTokens(const Vocabulary& vocabulary) {
    for (unsigned byte = 0; byte < 256; ++byte)
      ids_[byte] = vocabulary.find(fmt::format("<0x{:02X}>", byte));
  }

  bool covers(std::string_view text) const noexcept {
    for (char byte : text) {
      if (!ids_[static_cast<unsigned char>(byte)]) return false;
    }
    return true;
  }
  bool covers_all() const noexcept {
    for (const auto& id : ids_) {
      if (!id) return false;
    }
    return true;
  }
  /// Only where it is covered.
  std::uint32_t id(char byte) const noexcept { return *ids_[static_cast<unsigned char>(byte)]; }

 private:
  std::array<std::optional<std::uint32_t>, 256> ids_;
};

}  // namespace kindred::text
