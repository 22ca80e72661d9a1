// The generated character tables behind unicode.h. Tested by unicode_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::text {

/// First and last code point.
struct CodeRange {
  std::uint32_t first;
  std::uint32_t last;
};

struct ScriptRange {
  std::uint32_t first;
  std::uint32_t last;
  std::uint16_t script;
};

/// Every `stride`-th code point from `first` to `last` becomes itself + `delta`.
struct LowerRange {
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t stride;
  std::int32_t delta;
};

#define KINDRED_CODE_RANGES(name) \
  extern const CodeRange name[];  \
  extern const std::size_t name##Count

KINDRED_CODE_RANGES(kWhiteRanges);
KINDRED_CODE_RANGES(kBertRemovedRanges);
KINDRED_CODE_RANGES(kBertMarkRanges);
KINDRED_CODE_RANGES(kAccentRanges);
KINDRED_CODE_RANGES(kNumericRanges);
KINDRED_CODE_RANGES(kPunctuationRanges);
KINDRED_CODE_RANGES(kWordRanges);
KINDRED_CODE_RANGES(kOnigLetterRanges);
KINDRED_CODE_RANGES(kOnigNumberRanges);
KINDRED_CODE_RANGES(kOnigMarkRanges);
KINDRED_CODE_RANGES(kOnigPunctuationRanges);
KINDRED_CODE_RANGES(kOnigSymbolRanges);
KINDRED_CODE_RANGES(kOnigUpperRanges);
KINDRED_CODE_RANGES(kOnigLowerRanges);
KINDRED_CODE_RANGES(kOnigDigitRanges);
KINDRED_CODE_RANGES(kOnigWordRanges);
KINDRED_CODE_RANGES(kGraphemePrependRanges);
KINDRED_CODE_RANGES(kGraphemeExtendRanges);
KINDRED_CODE_RANGES(kGraphemeSpacingMarkRanges);
KINDRED_CODE_RANGES(kGraphemeControlRanges);
KINDRED_CODE_RANGES(kGraphemeVowelRanges);
KINDRED_CODE_RANGES(kGraphemePictographicRanges);
KINDRED_CODE_RANGES(kGraphemeLinkerRanges);
KINDRED_CODE_RANGES(kGraphemeConjunctExtendRanges);
KINDRED_CODE_RANGES(kGraphemeConsonantRanges);

#undef KINDRED_CODE_RANGES

extern const ScriptRange kScriptRanges[];
extern const std::size_t kScriptRangesCount;
extern const LowerRange kLowerRanges[];
extern const std::size_t kLowerRangesCount;

}  // namespace kindred::text
