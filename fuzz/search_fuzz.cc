// The small texts that search reads: the first byte says which. Texts to analyse give terms that
// are valid UTF-8; a document of the log, a manifest and a cursor give an Error or their content.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <unicode/utf8.h>

#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "kindred/error.h"
#include "search/analyzer.h"
#include "search/lexical_document.h"
#include "search/lexical_manifest.h"
#include "search/page_cursor.h"
#include "search/term_match.h"

namespace {

using namespace kindred::search;

void check_term(const std::string& term) {
  if (term.empty() || term.size() > kMaxTermBytes) std::abort();
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(term.size());) {
    UChar32 c;
    U8_NEXT(term.data(), at, static_cast<std::int32_t>(term.size()), c);
    if (c < 0) std::abort();
  }
}

void analyze_any(std::string_view text) {
  constexpr std::string_view kLanguages[] = {"", "en", "es", "fr", "zh"};
  for (const std::string_view language : kLanguages) {
    std::vector<std::string> terms;
    analyze(text, language, terms);
    for (const std::string& term : terms) check_term(term);
    for (const QueryWord& word : analyze_query(text, language)) {
      TermMatcher matcher(word.written, 2);
      matcher.match(word.term);
    }
  }
}

std::string with_checksum(std::string_view text) {
  kindred::io::ByteWriter crc;
  crc.number(kindred::io::crc32c(kindred::io::as_bytes(text)));
  return std::string(text) + crc.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        analyze_any(text);
        break;
      case 1:
        decode_document(text);
        break;
      case 2:
        decode_lexical_manifest(with_checksum(text), "a manifest");
        break;
      default:
        decode_cursor(text, 7);
    }
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
