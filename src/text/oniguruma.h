// Oniguruma's expressions in ICU's spelling. Tested by pattern_test.cc.
#pragma once

#include <string>
#include <string_view>

#include <unicode/unistr.h>

namespace kindred::text {

/// The ICU expression (to be compiled with UREGEX_UNIX_LINES) that matches what
/// `expression` matches in Oniguruma's own syntax, which `tokenizers` uses. Errors: unsupported,
/// naming `place` and the construct.
icu::UnicodeString translate_oniguruma(std::string_view expression, const std::string& place);

}  // namespace kindred::text
