#include "base/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace kindred {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) noexcept {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) noexcept : seed_(seed) {
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

std::uint64_t Random::operator()() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

Random Random::split(std::uint64_t stream) const noexcept {
  std::uint64_t state = seed_;
  const std::uint64_t mixed_seed = splitmix64(state);
  state = mixed_seed ^ stream;
  return Random(splitmix64(state));
}

std::uint64_t Random::below(std::uint64_t bound) noexcept {
  if (bound == 0) return 0;
  // The first 2^64 mod bound values are drawn again: the rest is a multiple of bound.
  const std::uint64_t unfair = (0 - bound) % bound;
  std::uint64_t value = (*this)();
  while (value < unfair) value = (*this)();
  return value % bound;
}

double Random::uniform() noexcept {
  return static_cast<double>((*this)() >> 11) * 0x1.0p-53;
}

double Random::normal() noexcept {
  // Box and Muller; the second of the pair is not kept, so that the state is the four words alone.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace kindred
