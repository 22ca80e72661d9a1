#include "search/page_cursor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"

namespace kindred::search {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

[[noreturn]] void refuse(const char* why) {
  fail(ErrorKind::bad_input,
       "the cursor {}; hand back the one of the page before with the same request, or none for the "
       "first page",
       why);
}

std::string from_hex(std::string_view text) {
  if (text.size() % 2 != 0) refuse("is cut off");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = kDigits.find(text[i]);
    const std::size_t low = kDigits.find(text[i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) refuse("is not one");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace

std::string encode_cursor(std::uint32_t request, std::vector<std::uint64_t> keys) {
  std::sort(keys.begin(), keys.end());
  io::ByteWriter body;
  body.number(request);
  std::uint64_t before = 0;
  for (const std::uint64_t key : keys) {
    std::uint64_t difference = key - std::exchange(before, key);
    for (; difference >= 0x80; difference >>= 7)
      body.number(static_cast<std::uint8_t>(difference | 0x80));
    body.number(static_cast<std::uint8_t>(difference));
  }
  io::ByteWriter out;
  out.number(io::crc32c(io::as_bytes(body.bytes())));
  std::string text;
  for (const char c : out.take() + body.take()) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

std::vector<std::uint64_t> decode_cursor(std::string_view cursor, std::uint32_t request) {
  const std::string bytes = from_hex(cursor);
  if (bytes.size() < 8) refuse("is cut off");
  io::ByteReader in(bytes, "a cursor");
  const auto crc = in.number<std::uint32_t>();
  if (crc != io::crc32c(io::as_bytes(std::string_view(bytes).substr(4)))) refuse("was changed");
  if (in.number<std::uint32_t>() != request) refuse("belongs to another request");
  std::vector<std::uint64_t> keys;
  std::uint64_t key = 0;
  while (in.left() > 0) {
    std::uint64_t difference = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = in.number<std::uint8_t>();
      if (shift > 63) refuse("is not one");
      difference |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) break;
    }
    keys.push_back(key += difference);
  }
  return keys;
}

}  // namespace kindred::search
