// A set of hashes in little memory. Tested by hash_set_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kindred::prepare {

/// 64-bit hashes, which must be spread well over all bits, in one array by open addressing: 8 bytes
/// a place, of which between 3 and 6 in 8 are taken.
///
/// Threads: one at a time.
class HashSet {
 public:
  /// True where `hash` was not in it.
  bool insert(std::uint64_t hash) {
    if (hash == 0) {
      const bool first = !has_zero_;
      has_zero_ = true;
      return first;
    }
    if (4 * (size_ + 1) > 3 * places_.size()) grow();
    std::uint64_t& place = places_[find(hash)];
    if (place == hash) return false;
    place = hash;
    ++size_;
    return true;
  }
  bool contains(std::uint64_t hash) const {
    if (hash == 0) return has_zero_;
    return !places_.empty() && places_[find(hash)] == hash;
  }
  std::size_t size() const noexcept { return size_ + (has_zero_ ? 1 : 0); }

 private:
  std::size_t find(std::uint64_t hash) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash & mask;
    while (places_[at] != 0 && places_[at] != hash) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<std::uint64_t> old(places_.empty() ? 1024 : 2 * places_.size());
    old.swap(places_);
    for (const std::uint64_t hash : old) {
      if (hash != 0) places_[find(hash)] = hash;
    }
  }

  std::vector<std::uint64_t> places_;  // 0: free; a power of two of them
  std::size_t size_ = 0;               // without the hash 0
  bool has_zero_ = false;
};

}  // namespace kindred::prepare
