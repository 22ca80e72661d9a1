// A random rotation that costs n log n. Tested by rotation_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/cpu.h"

namespace kindred::index {

/// An orthogonal map from d dimensions into `padded()` ≥ d, the same for a seed everywhere. After
/// it a vector's values look like independent normal ones, which is what codes of few bits count
/// on.
///
/// Four rounds, each of random signs and a Hadamard transform over the largest power of two that
/// fits, from the front and from the back in turn; where that is not the whole, a butterfly between
/// the two halves (one step of Kac's walk) carries values across.
///
/// Threads: immutable.
class Rotation {
 public:
  Rotation(std::size_t dimension, std::uint64_t seed);

  std::size_t dimension() const noexcept { return dimension_; }
  /// `dimension()` rounded up to a multiple of 64.
  std::size_t padded() const noexcept { return padded_; }

  /// in: dimension() values; out: padded() values, elsewhere.
  void apply(const float* in, float* out) const;

 private:
  static constexpr std::size_t kRounds = 4;
  std::size_t dimension_;
  std::size_t padded_;
  std::vector<float> signs_;  // kRounds × padded
};

}  // namespace kindred::index
