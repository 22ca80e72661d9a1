#include "text/charsmap.h"

#include <bit>
#include <cstring>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text {
namespace {

// A unit of Darts-clone: the offset to its children, a label (the byte that leads here), whether a
// value stands there, and the value in a unit of its own.
std::uint32_t offset(std::uint32_t unit) {
  return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}
std::uint32_t label(std::uint32_t unit) {
  return unit & ((1U << 31) | 0xff);
}
bool has_value(std::uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
std::uint32_t value(std::uint32_t unit) {
  return unit & ((1U << 31) - 1);
}

}  // namespace

Charsmap::Charsmap(std::string_view blob, const std::string& place) {
  static_assert(std::endian::native == std::endian::little);
  std::uint32_t trie_bytes = 0;
  if (blob.size() >= sizeof trie_bytes) std::memcpy(&trie_bytes, blob.data(), sizeof trie_bytes);
  if (trie_bytes < 4 || trie_bytes % 4 != 0 || trie_bytes > blob.size() - 4) {
    fail(ErrorKind::corrupt,
         "{}: a charsmap of {} bytes cannot have a trie of {}; fetch the file again", place,
         blob.size(), trie_bytes);
  }
  units_.resize(trie_bytes / 4);
  std::memcpy(units_.data(), blob.data() + 4, trie_bytes);
  replacements_ = blob.substr(4 + trie_bytes);
  if (valid_prefix(replacements_) != replacements_.size())
    fail(ErrorKind::corrupt, "{}: the charsmap's replacements are not UTF-8", place);
  for (unsigned char c = 0; c < 128; ++c) {
    const char text = static_cast<char>(c);
    kept_[c] = !replacement({&text, 1});
  }
}

std::optional<std::string_view> Charsmap::replacement(std::string_view text) const noexcept {
  std::uint32_t node = offset(units_[0]);
  for (char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if (c == 0) break;
    node ^= c;
    if (node >= units_.size() || label(units_[node]) != c) break;
    const std::uint32_t unit = units_[node];
    node ^= offset(unit);
    if (!has_value(unit)) continue;
    if (node >= units_.size() || value(units_[node]) > replacements_.size()) break;
    const std::string_view found = std::string_view(replacements_).substr(value(units_[node]));
    const bool on_boundary = found.empty() || (static_cast<unsigned char>(found[0]) & 0xc0) != 0x80;
    if (!on_boundary) break;
    return found.substr(0, found.find('\0'));
  }
  return std::nullopt;
}

}  // namespace kindred::text
