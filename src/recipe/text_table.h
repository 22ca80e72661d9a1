// Texts that are kept once each. Tested by training_set_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::recipe {

using TextId = std::uint32_t;

/// All texts in one block, numbered in the order in which they came. Memory: the texts, 8 bytes
/// each, and 5 to 11 more until `finish`.
///
/// Threads: one at a time while it is filled, any afterwards.
class TextTable {
 public:
  /// The text's number, the same for the same bytes. Errors: exhausted for 2³² - 1 texts.
  TextId add(std::string_view text);
  /// Frees what only `add` needs. Nothing is added behind it.
  void finish();

  std::size_t size() const noexcept { return ends_.size(); }
  std::string_view operator[](TextId id) const noexcept {
    const std::uint64_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::string_view(bytes_).substr(begin, ends_[id] - begin);
  }
  std::uint64_t bytes() const noexcept { return bytes_.size(); }

 private:
  std::size_t place_of(std::string_view text) const noexcept;
  void grow();

  std::string bytes_;
  std::vector<std::uint64_t> ends_;
  std::vector<std::uint32_t> places_;  // a number and 1, by the text's hash; 0: free
};

}  // namespace kindred::recipe
