// All strings of a set that begin at a place in a text, shortest first. Tested by
// prefix_trie_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace kindred::text {

/// A double array over bytes: the child of a node by byte c is unit `base ^ c`, if that unit is
/// labelled c. Bases are unique, so the label alone proves the parent. One step costs one load.
/// Layout after J. Aoe, "An efficient digital search algorithm by using a double-array structure"
/// (1989), with the exclusive-or form of S. Yata's darts-clone.
///
/// Threads: immutable.
class PrefixTrie {
 public:
  /// A place in the trie: the string that leads to it.
  struct Node {
    std::uint32_t base = 0;
    std::uint32_t value = 0;  ///< 0: the string is not a key
  };

  static constexpr std::uint32_t kMaxValue = (1U << 23) - 1;

  PrefixTrie() : PrefixTrie(std::vector<std::pair<std::string_view, std::uint32_t>>()) {}
  /// Values are 1 … kMaxValue; of equal keys the highest counts. The strings are not kept.
  explicit PrefixTrie(std::vector<std::pair<std::string_view, std::uint32_t>> keys);

  Node root() const noexcept { return node(0); }
  /// Follows `byte`; false (and `node` as it was) where nothing of the set goes on so.
  bool step(Node& at, unsigned char byte) const noexcept {
    const Unit& unit = units_[at.base ^ byte];
    if ((unit.info & kLabelMask) != byte) return false;
    at = {unit.base, unit.info >> kLabelBits};
    return true;
  }
  /// Follows a string.
  bool walk(Node& at, std::string_view text) const noexcept {
    for (char c : text) {
      if (!step(at, static_cast<unsigned char>(c))) return false;
    }
    return true;
  }
  std::size_t bytes() const noexcept { return units_.size() * sizeof(Unit); }

 private:
  class Builder;
  static constexpr std::uint32_t kLabelBits = 9;
  static constexpr std::uint32_t kLabelMask = (1U << kLabelBits) - 1;
  static constexpr std::uint32_t kFree = 256;  // no byte: nothing leads here

  struct Unit {
    std::uint32_t base = 0;      // 0, where no unit is labelled: no children
    std::uint32_t info = kFree;  // label, value above
  };
  Node node(std::size_t i) const noexcept { return {units_[i].base, units_[i].info >> kLabelBits}; }

  std::vector<Unit> units_;  // whole blocks of 256; the first block holds the root alone
};

}  // namespace kindred::text
