// What each text is as a passage, by hashes. Tested by training_set_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "recipe/text_table.h"

namespace kindred::recipe {

/// Some keys a text, in one array.
///
/// Threads: immutable once it is made; any.
class PassageKeys {
 public:
  using Use = std::function<void(TextId text, std::uint64_t key)>;
  using ForEach = std::function<void(const Use& use)>;

  PassageKeys() = default;
  /// `keys` goes through all keys of all texts, twice. `identities` goes, once, through those of
  /// them that say what a text is, such as an id: texts that share one are the same thing, and each
  /// has the keys of all of them. Memory meanwhile: 8 bytes a key and 16 an identity.
  PassageKeys(std::size_t texts, const ForEach& keys, const ForEach& identities);

  /// Ascending, none twice.
  std::span<const std::uint64_t> of(TextId text) const noexcept {
    return std::span(keys_).subspan(begins_[text], begins_[text + 1] - begins_[text]);
  }

 private:
  void collect(std::size_t texts, const ForEach& keys);
  void sort_each();
  void share(std::vector<std::pair<std::uint64_t, TextId>> identities);

  std::vector<std::uint64_t> begins_, keys_;
};

}  // namespace kindred::recipe
