#include "search/fold.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/error.h"

namespace kindred::search {
namespace {

// Letters whose stroke or ligature no decomposition takes apart.
struct Stroke {
  char32_t letter;
  std::string_view folded;
};
constexpr Stroke kStrokes[] = {{U'ø', "o"},  {U'ł', "l"},  {U'đ', "d"}, {U'ħ', "h"}, {U'ŧ', "t"},
                               {U'æ', "ae"}, {U'œ', "oe"}, {U'ı', "i"}, {U'ð', "d"}, {U'þ', "th"}};

bool has_accents_to_drop(char32_t c) noexcept {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &error);
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC;
}

bool is_mark(char32_t c) noexcept {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0;
}

// For each character below kTableEnd: what it becomes. The letters with accents are all there.
constexpr char32_t kTableEnd = 0x2000;

class AccentTable {
 public:
  static const AccentTable& get() {
    static const AccentTable table;
    return table;
  }
  /// Null where the character stays.
  const std::string* find(char32_t c) const {
    return c < kTableEnd && index_[c] != 0 ? &folded_[index_[c] - 1] : nullptr;
  }

 private:
  AccentTable() {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(error);
    if (U_FAILURE(error))
      fail(ErrorKind::internal, "ICU has no normalisation data: {}", u_errorName(error));
    for (char32_t c = 0x80; c < kTableEnd; ++c) {
      icu::UnicodeString parts;
      if (has_accents_to_drop(c) && nfd->getDecomposition(static_cast<UChar32>(c), parts))
        add(c, parts);
    }
    for (const Stroke& stroke : kStrokes) set(stroke.letter, std::string(stroke.folded));
  }
  void add(char32_t c, const icu::UnicodeString& parts) {
    icu::UnicodeString kept;
    for (std::int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
      if (!is_mark(static_cast<char32_t>(parts.char32At(i)))) kept.append(parts.char32At(i));
    }
    std::string utf8;
    set(c, kept.toUTF8String(utf8));
  }
  void set(char32_t c, std::string folded) {
    folded_.push_back(std::move(folded));
    index_[c] = static_cast<std::uint16_t>(folded_.size());
  }

  std::array<std::uint16_t, kTableEnd> index_{};
  std::vector<std::string> folded_;
};

std::string drop_accents(std::string_view text) {
  const AccentTable& accents = AccentTable::get();
  std::string out;
  out.reserve(text.size());
  bool drop_marks = false;  // the last letter was one whose accents go
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t begin = at;
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    const std::string_view bytes =
        text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin));
    if (c < 0x80) {
      drop_marks = true;
      out += bytes;
    } else if (const std::string* folded = accents.find(static_cast<char32_t>(c))) {
      drop_marks = true;
      out += *folded;
    } else if (!is_mark(static_cast<char32_t>(c))) {
      drop_marks = has_accents_to_drop(static_cast<char32_t>(c));
      out += bytes;
    } else if (!drop_marks) {
      out += bytes;
    }
  }
  return out;
}

CharacterClass compute_class(char32_t c) noexcept {
  const auto u = static_cast<UChar32>(c);
  const std::uint32_t category = U_GET_GC_MASK(u);
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(u, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return (category & (U_GC_L_MASK | U_GC_M_MASK | U_GC_NL_MASK)) != 0
                 ? CharacterClass::segmented
             : (category & U_GC_ND_MASK) != 0 ? CharacterClass::digit
                                              : CharacterClass::separator;
    default:
      break;
  }
  if (c == 0x30fc || c == 0x3005 || c == 0x3007) return CharacterClass::segmented;  // ー 々 〇
  if ((category & U_GC_L_MASK) != 0) return CharacterClass::letter;
  if ((category & U_GC_N_MASK) != 0) return CharacterClass::digit;
  return (category & U_GC_M_MASK) != 0 ? CharacterClass::mark : CharacterClass::separator;
}

}  // namespace

CharacterClass class_of(char32_t c) noexcept {
  static const auto plane = [] {  // the first 64 Ki characters
    auto classes = std::make_unique<std::array<CharacterClass, 0x10000>>();
    for (char32_t i = 0; i < 0x10000; ++i) (*classes)[i] = compute_class(i);
    return classes;
  }();
  return c < 0x10000 ? (*plane)[c] : compute_class(c);
}

bool is_han(char32_t c) noexcept {
  if (c < 0x2e80) return false;
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(c), &error) == USCRIPT_HAN;
}

std::string fold(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<signed char>(c) >= 0; })) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  UErrorCode error = U_ZERO_ERROR;
  std::string folded;
  icu::StringByteSink<std::string> sink(&folded);
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_SUCCESS(error)) {
    normalizer->normalizeUTF8(0,
                              icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                              sink, nullptr, error);
  }
  if (U_FAILURE(error)) fail(ErrorKind::internal, "ICU cannot fold a text: {}", u_errorName(error));
  return drop_accents(folded);
}

}  // namespace kindred::search
