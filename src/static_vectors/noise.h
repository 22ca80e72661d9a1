// The distribution that negative samples are drawn from. Tested by noise_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kindred::static_vectors {

/// Words by their counts to some power (3/4 in Mikolov et al., 2013). Drawing takes one random
/// number and one place in memory, whatever the size (the alias method of Walker and Vose).
///
/// Threads: immutable.
class Noise {
 public:
  /// Errors: bad_input where nothing has a count.
  Noise(std::span<const std::uint64_t> counts, double exponent);

  /// `random`: 64 random bits.
  std::uint32_t draw(std::uint64_t random) const noexcept {
    const std::uint64_t low = random & 0xFFFFFFFFU;
    const std::uint64_t at = (low * places_.size()) >> 32;
    const Place& place = places_[at];
    return (random >> 32) < place.threshold ? static_cast<std::uint32_t>(at) : place.other;
  }

 private:
  struct Place {
    std::uint32_t threshold;
    std::uint32_t other;
  };
  std::vector<Place> places_;
};

}  // namespace kindred::static_vectors
