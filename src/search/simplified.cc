#include "search/simplified.h"

#include <unicode/translit.h>
#include <unicode/utf8.h>

#include <memory>
#include <vector>

#include "base/error.h"

namespace kindred::search {
namespace {

// The Han characters of the first plane, all three bytes of UTF-8.
constexpr char32_t kBegin = 0x3400;
constexpr char32_t kEnd = 0xa000;

// What ICU makes of each character by itself. Its rules are far too slow to run over every text.
std::vector<char16_t> make_table() {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> rules(
      icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, error));
  if (U_FAILURE(error)) {
    fail(ErrorKind::internal, "ICU has no rules for Chinese: {}; is its data (libicu-data) whole?",
         u_errorName(error));
  }
  icu::UnicodeString all;
  for (char32_t c = kBegin; c < kEnd; ++c) all.append(static_cast<char16_t>(c)).append(u' ');
  rules->transliterate(all);
  std::vector<char16_t> table;
  table.reserve(kEnd - kBegin);
  for (std::int32_t at = 0; at < all.length();) {
    const std::int32_t space = all.indexOf(u' ', at);
    const char16_t itself = static_cast<char16_t>(kBegin + table.size());
    const char16_t other = all.charAt(at);
    const bool one = space == at + 1 && other >= kBegin && other < kEnd;
    table.push_back(one ? other : itself);
    at = space + 1;
  }
  require(table.size() == kEnd - kBegin, "a simplified form for each character");
  return table;
}

}  // namespace

std::string to_simplified(std::string_view text) {
  static const std::vector<char16_t> table = make_table();
  std::string out(text);
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    std::int32_t begin = at;
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    if (c < static_cast<UChar32>(kBegin) || c >= static_cast<UChar32>(kEnd)) continue;
    U8_APPEND_UNSAFE(out.data(), begin, table[static_cast<std::size_t>(c) - kBegin]);
  }
  return out;
}

}  // namespace kindred::search
