#include "prepare/query_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/error.h"

namespace kindred::prepare {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::string fold(std::string_view text) {
  std::string folded;
  if (is_ascii(text)) {
    for (const char c : text) folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
    return folded;
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCCasefoldInstance(error);
  icu::StringByteSink<std::string> sink(&folded);
  if (U_SUCCESS(error))
    nfkc->normalizeUTF8(0, {text.data(), static_cast<std::int32_t>(text.size())}, sink, nullptr,
                        error);
  if (U_FAILURE(error)) fail(ErrorKind::internal, "ICU cannot normalise: {}", u_errorName(error));
  return folded;
}

}  // namespace

std::string tidy_query(std::string_view query) {
  std::string tidy;
  const auto size = static_cast<std::int32_t>(query.size());
  for (std::int32_t i = 0; i < size;) {
    const std::int32_t begin = i;
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(query.data(), i, size, c);
    if (c <= ' ' || u_isUWhiteSpace(c) || u_iscntrl(c)) {
      if (!tidy.empty() && tidy.back() != ' ') tidy += ' ';
    } else {
      tidy += query.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(i - begin));
    }
  }
  if (tidy.ends_with(' ')) tidy.pop_back();
  return tidy;
}

std::string normalize_query(std::string_view query) {
  return tidy_query(fold(query));
}

}  // namespace kindred::prepare
