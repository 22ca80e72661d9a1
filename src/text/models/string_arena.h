// Many strings in one block of memory. Tested by vocabulary_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kindred::text {

/// A growing list of strings: 4 bytes of overhead each, where std::string takes 32 and more.
class StringArena {
 public:
  std::size_t size() const noexcept { return offsets_.size() - 1; }
  std::string_view operator[](std::size_t i) const noexcept {
    return {bytes_.data() + offsets_[i], offsets_[i + 1] - offsets_[i]};
  }
  /// Errors: exhausted at 4 GiB of text.
  void push_back(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max() - bytes_.size())
      fail(ErrorKind::exhausted,
           "a vocabulary holds more than 4 GiB of text: it is no tokenizer's");
    bytes_.append(text);
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  void reserve(std::size_t strings, std::size_t bytes) {
    offsets_.reserve(strings + 1);
    bytes_.reserve(bytes);
  }
  void shrink_to_fit() {
    bytes_.shrink_to_fit();
    offsets_.shrink_to_fit();
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> offsets_{0};
};

}  // namespace kindred::text
