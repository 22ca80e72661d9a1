// Which entries have a key, in arrays. Tested by leaks_test.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace kindred::prepare {

/// Filled, then sorted once, then asked. Keys must be spread well over their bits.
template <typename Key>
class SortedLookup {
 public:
  using Pair = std::pair<Key, std::uint32_t>;

  void add(Key key, std::uint32_t entry) { pairs_.emplace_back(key, entry); }
  void sort() {
    std::sort(pairs_.begin(), pairs_.end());
    bits_ = 0;
    while ((std::size_t{2} << bits_) <= pairs_.size() && bits_ < 24) ++bits_;
    starts_.assign((std::size_t{1} << bits_) + 1, 0);
    for (const Pair& pair : pairs_) ++starts_[bucket(pair.first) + 1];
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  }
  /// Ascending by entry.
  std::span<const Pair> find(Key key) const {
    if (pairs_.empty()) return {};
    const std::size_t at = bucket(key);
    const auto begin = pairs_.begin() + starts_[at];
    const auto end = pairs_.begin() + starts_[at + 1];
    const auto first = std::lower_bound(begin, end, Pair{key, 0});
    auto last = first;
    while (last != end && last->first == key) ++last;
    return {first, last};
  }

 private:
  std::size_t bucket(Key key) const {
    constexpr unsigned kBits = sizeof(Key) * 8;
    return bits_ == 0 ? 0 : static_cast<std::size_t>(key >> (kBits - bits_));
  }

  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> starts_;
  unsigned bits_ = 0;
};

}  // namespace kindred::prepare
