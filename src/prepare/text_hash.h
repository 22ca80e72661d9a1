// Texts to 64 bits, the same on every machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace kindred::prepare {

/// The finaliser of splitmix64 (Steele, Lea and Flood): spreads the bits of a number.
constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// FNV-1a, its bits spread. Of ten million texts two have the same with a chance of 3 in a million.
constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U ^ mix(seed);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mix(hash);
}

}  // namespace kindred::prepare
