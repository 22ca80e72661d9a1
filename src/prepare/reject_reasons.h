// Why rows and examples are not taken: what rejects are counted by.
#pragma once

#include <string_view>

namespace kindred::prepare::reasons {

// Of rows that cannot be read.
inline constexpr std::string_view kMalformed = "malformed row";
inline constexpr std::string_view kNotUtf8 = "not UTF-8";
inline constexpr std::string_view kLayout = "columns make no example";
inline constexpr std::string_view kWrongKind = "value of a wrong kind";
inline constexpr std::string_view kListAsText = "list written as text";
inline constexpr std::string_view kBadScore = "score is not a number";
inline constexpr std::string_view kScoreRange = "score out of range";
inline constexpr std::string_view kScoreCount = "scores and texts differ in number";
inline constexpr std::string_view kUnknownLabel = "unknown label";
inline constexpr std::string_view kNoLabel = "no label";
// Of examples that teach nothing, or something wrong.
inline constexpr std::string_view kEmpty = "empty text";
inline constexpr std::string_view kMissing = "missing value written as text";
inline constexpr std::string_view kDamaged = "damaged characters";
inline constexpr std::string_view kTooLong = "too long";
inline constexpr std::string_view kIdentical = "anchor and passage are the same";
inline constexpr std::string_view kNoPositive = "no positive";
inline constexpr std::string_view kNegatives = "too few negatives";
inline constexpr std::string_view kDuplicate = "duplicate";
// Of sources other than plain files.
inline constexpr std::string_view kUnknownId = "unknown id";
inline constexpr std::string_view kWrongLanguage = "text in another language";
inline constexpr std::string_view kNoCategory = "no category";

}  // namespace kindred::prepare::reasons
