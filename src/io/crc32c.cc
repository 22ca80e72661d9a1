#include "io/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace kindred::io {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // bit-reversed 0x1EDC6F41

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[j][b]: what byte b does to the checksum with j zero bytes after it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
    tables[0][b] = crc;
  }
  for (std::size_t j = 1; j < 8; ++j)
    for (std::size_t b = 0; b < 256; ++b)
      tables[j][b] = (tables[j - 1][b] >> 8) ^ tables[0][tables[j - 1][b] & 0xFFU];
  return tables;
}

constexpr Tables kTables = make_tables();

#if defined(__x86_64__)
/// 8 bytes every 3 cycles: faster than any disk, so streams need not be interleaved.
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::span<const std::byte> bytes,
                                                             std::uint32_t crc) noexcept {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = ~crc;
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto tail = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++p) tail = _mm_crc32_u8(tail, std::to_integer<std::uint8_t>(*p));
  return ~tail;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t state = ~crc;
  for (; left >= 8; left -= 8, p += 8) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint32_t mixed = i < 4 ? (state >> (8 * i)) & 0xFFU : 0U;
      next ^= kTables[7 - i][std::to_integer<std::uint32_t>(p[i]) ^ mixed];
    }
    state = next;
  }
  for (; left > 0; --left, ++p)
    state = (state >> 8) ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(*p)) & 0xFFU];
  return ~state;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_sse42(bytes, crc);
#endif
  return crc32c_portable(bytes, crc);
}

}  // namespace kindred::io
