// Code points in and out of UTF-8. Tested by code_points_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::text {

constexpr char32_t kReplacementCharacter = 0xfffd;
constexpr char32_t kCodePoints = 0x110000;

struct CodePoint {
  char32_t value;
  std::uint32_t bytes;
};

/// The code point that begins at `at`. `text` must be valid UTF-8 and `at` the first byte of a
/// character of it.
inline CodePoint decode(std::string_view text, std::size_t at) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data()) + at;
  if (p[0] < 0x80) return {p[0], 1};
  if (p[0] < 0xe0) return {static_cast<char32_t>((p[0] & 0x1f) << 6 | (p[1] & 0x3f)), 2};
  if (p[0] < 0xf0) {
    return {static_cast<char32_t>((p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f)), 3};
  }
  return {static_cast<char32_t>((p[0] & 0x07) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 |
                                (p[3] & 0x3f)),
          4};
}

/// The code point that ends before `end` (> 0).
inline CodePoint decode_before(std::string_view text, std::size_t end) noexcept {
  std::size_t begin = end - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
  return decode(text, begin);
}

inline std::uint32_t encoded_bytes(char32_t c) noexcept {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/// Writes `c` to `out` (room for 4 bytes) and returns the number of bytes.
inline std::uint32_t encode(char32_t c, char* out) noexcept {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (c < 0x80) {
    out[0] = byte(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = byte(0xc0 | c >> 6);
    out[1] = byte(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = byte(0xe0 | c >> 12);
    out[1] = byte(0x80 | (c >> 6 & 0x3f));
    out[2] = byte(0x80 | (c & 0x3f));
    return 3;
  }
  out[0] = byte(0xf0 | c >> 18);
  out[1] = byte(0x80 | (c >> 12 & 0x3f));
  out[2] = byte(0x80 | (c >> 6 & 0x3f));
  out[3] = byte(0x80 | (c & 0x3f));
  return 4;
}

inline void append(std::string& out, char32_t c) {
  char bytes[4];
  out.append(bytes, encode(c, bytes));
}

/// The end of the valid UTF-8 that begins `text`: its size where all of it is valid.
std::size_t valid_prefix(std::string_view text) noexcept;

/// Appends `text` to `out` with each maximal ill-formed sequence replaced by U+FFFD (Unicode 15,
/// chapter 3.9, "U+FFFD Substitution of Maximal Subparts"; as Python's errors="replace" does).
void append_repaired(std::string_view text, std::string& out);

}  // namespace kindred::text
