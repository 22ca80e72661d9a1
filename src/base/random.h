// Random numbers that are the same on every machine. Tested by random_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace kindred {

/// xoshiro256** 1.0 seeded by splitmix64 (Blackman and Vigna, prng.di.unimi.it). Not for secrets.
///
/// Threads: one at a time; give each thread its own by `split`.
class Random {
 public:
  using result_type = std::uint64_t;  // a UniformRandomBitGenerator, but std's distributions differ
                                      // between libraries

  explicit Random(std::uint64_t seed = 0) noexcept;

  static constexpr std::uint64_t min() noexcept { return 0; }
  static constexpr std::uint64_t max() noexcept { return ~std::uint64_t{0}; }
  std::uint64_t operator()() noexcept;

  /// A generator that depends on this one's seed and `stream` alone, not on the numbers drawn so
  /// far.
  Random split(std::uint64_t stream) const noexcept;

  /// In [0, bound), every value equally likely; 0 for bound 0.
  std::uint64_t below(std::uint64_t bound) noexcept;
  /// In [0, 1), a multiple of 2^-53.
  double uniform() noexcept;
  /// Mean 0, variance 1.
  double normal() noexcept;

  template <typename T>
  void shuffle(std::span<T> values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];
};

}  // namespace kindred
