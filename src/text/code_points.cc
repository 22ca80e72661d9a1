#include "text/code_points.h"

#include <cstring>

namespace kindred::text {
namespace {

// Bytes of the well-formed sequence at `p` (0: none), and of the longest beginning of one.
struct Sequence {
  std::uint32_t bytes;
  std::uint32_t prefix;
};

// Table 3-7 of the Unicode standard: only the second byte has special limits.
Sequence sequence_at(const unsigned char* p, std::size_t room) noexcept {
  const unsigned char lead = p[0];
  if (lead < 0x80) return {1, 1};
  if (lead < 0xc2 || lead > 0xf4) return {0, 1};
  const std::uint32_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  std::uint32_t have = 1;
  while (have < bytes && have < room && p[have] >= low && p[have] <= high) {
    low = 0x80;
    high = 0xbf;
    ++have;
  }
  return {have == bytes ? bytes : 0, have};
}

}  // namespace

std::size_t valid_prefix(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  std::size_t at = 0;
  while (at < size) {
    if (size - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, p + at, sizeof word);
      if ((word & 0x8080808080808080) == 0) {
        at += 8;
        continue;
      }
    }
    if (p[at] < 0x80) {
      ++at;
      continue;
    }
    const Sequence sequence = sequence_at(p + at, size - at);
    if (sequence.bytes == 0) return at;
    at += sequence.bytes;
  }
  return size;
}

void append_repaired(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t valid = valid_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    append(out, kReplacementCharacter);
    text.remove_prefix(
        sequence_at(reinterpret_cast<const unsigned char*>(text.data()), text.size()).prefix);
  }
}

}  // namespace kindred::text
