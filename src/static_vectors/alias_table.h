// Draws from a discrete distribution in constant time. Tested by alias_table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace kindred::static_vectors {

/// Vose's form (1991) of Walker's alias method.
///
/// Threads: immutable; const methods may run concurrently.
class AliasTable {
 public:
  /// `weights`: not negative, at least one above 0, fewer than 2³².
  explicit AliasTable(std::span<const double> weights);

  std::uint32_t draw(Random& random) const noexcept {
    const std::uint64_t bits = random();
    const auto slot = static_cast<std::uint32_t>(((bits >> 32) * slots_.size()) >> 32);
    return static_cast<std::uint32_t>(bits) < slots_[slot].own ? slot : slots_[slot].other;
  }

 private:
  struct Slot {
    std::uint32_t own = 0xFFFFFFFFU;  // of 2³², the share of this slot that is its own
    std::uint32_t other = 0;
  };
  std::vector<Slot> slots_;
};

}  // namespace kindred::static_vectors
