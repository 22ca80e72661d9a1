#include "prepare/text_key.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::prepare {
namespace {

const icu::Normalizer2& folding() {
  static const icu::Normalizer2& instance = []() -> const icu::Normalizer2& {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getNFKCCasefoldInstance(error);
    require(U_SUCCESS(error), "ICU has no normalisation data");
    return *found;
  }();
  return instance;
}

std::string folded(std::string_view text) {
  std::string result;
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    result = text;
    for (char& c : result) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return result;
  }
  icu::StringByteSink<std::string> sink(&result, static_cast<std::int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  folding().normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                          sink, nullptr, error);
  require(U_SUCCESS(error), "a text could not be normalised");
  return result;
}

bool separates(char32_t c) {
  if (c < 0x80) {
    // ASCII's symbols stay: $ + < = > ^ ` | ~
    return c <= ' ' || c == 0x7f || std::strchr("!\"#%&'()*,-./:;?@[\\]_{}", static_cast<int>(c));
  }
  const auto point = static_cast<UChar32>(c);
  return u_isUWhiteSpace(point) || (U_GET_GC_MASK(point) & (U_GC_P_MASK | U_GC_CC_MASK)) != 0;
}

}  // namespace

std::string normalized_text(std::string_view text) {
  require(text.size() <= 0x3fffffff, "a text too long to be normalised");
  std::string repaired;
  if (text::valid_prefix(text) != text.size()) {
    text::append_repaired(text, repaired);
    text = repaired;
  }
  std::string whole = folded(text);
  std::string result;
  result.reserve(whole.size());
  bool blank = false;
  for (std::size_t i = 0; i < whole.size();) {
    const auto [point, bytes] = text::decode(whole, i);
    if (separates(point)) {
      blank = !result.empty();
    } else {
      if (blank) result += ' ';
      blank = false;
      result.append(whole, i, bytes);
    }
    i += bytes;
  }
  return result.empty() ? whole : result;
}

std::uint64_t hash_text(std::string_view normalized, std::uint64_t seed) noexcept {
  std::uint64_t hash = mix64(seed ^ normalized.size() ^ 0x9e3779b97f4a7c15U);
  while (normalized.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, normalized.data(), 8);
    hash = mix64(hash ^ word) + 0x9e3779b97f4a7c15U;
    normalized.remove_prefix(8);
  }
  std::uint64_t word = 0;
  std::memcpy(&word, normalized.data(), normalized.size());
  return mix64(hash ^ word);
}

}  // namespace kindred::prepare
