// Hashes of short byte strings and id pairs, for tables in memory only. Tested by
// vocabulary_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kindred::text {

inline std::uint64_t load_u64(const char* p) noexcept {
  std::uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline std::uint64_t load_u32(const char* p) noexcept {
  std::uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

/// Both halves of the 128-bit product folded: every input bit reaches every output bit.
inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t kHashSeed0 = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kHashSeed1 = 0xe7037ed1a0b428db;

/// Reads at most 16 bytes at a time, overlapping at the end, so that a short word costs two loads
/// and one multiplication.
inline std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed = 0) noexcept {
  const char* p = text.data();
  std::size_t n = text.size();
  std::uint64_t hash = seed ^ (n * kHashSeed0);
  for (; n > 16; p += 16, n -= 16)
    hash = fold_multiply(load_u64(p) ^ kHashSeed0, load_u64(p + 8) ^ hash);
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (n >= 8) {
    a = load_u64(p);
    b = load_u64(p + n - 8);
  } else if (n >= 4) {
    a = load_u32(p);
    b = load_u32(p + n - 4);
  } else if (n > 0) {
    a = static_cast<unsigned char>(p[0]) |
        static_cast<std::uint64_t>(static_cast<unsigned char>(p[n / 2])) << 8 |
        static_cast<std::uint64_t>(static_cast<unsigned char>(p[n - 1])) << 16;
  }
  return fold_multiply(a ^ kHashSeed0, b ^ hash ^ kHashSeed1);
}

inline std::uint64_t hash_pair(std::uint32_t left, std::uint32_t right) noexcept {
  return fold_multiply((static_cast<std::uint64_t>(left) << 32 | right) ^ kHashSeed1, kHashSeed0);
}

}  // namespace kindred::text
