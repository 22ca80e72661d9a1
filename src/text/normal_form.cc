#include "text/normal_form.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text {
namespace {

// The Unicode version of unicode-normalization-alignments 0.1.12.
constexpr std::uint8_t kUnicodeMajor = 9;

// Ideographs, private characters and planes without any character that normalisation touches: not
// worth asking ICU a million times. (Hangul syllables are computed.)
bool is_plain(char32_t c) {
  return (c >= 0x3400 && c < 0xa000) || (c >= 0xd800 && c < 0xf900) ||
         (c >= 0x20000 && c < 0x2f800) || c >= 0x30000;
}

bool is_known(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && age[0] <= kUnicodeMajor;
}

const icu::Normalizer2& icu_form(bool compatible) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = compatible ? icu::Normalizer2::getNFKCInstance(status)
                                            : icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status))
    fail(ErrorKind::internal, "ICU has no normalisation data ({})", u_errorName(status));
  return *form;
}

std::uint8_t bit(NormalForm form) {
  return static_cast<std::uint8_t>(1U << static_cast<int>(form));
}

bool is_yes(UChar32 c, UProperty quick_check) {
  return u_getIntPropertyValue(c, quick_check) == UNORM_YES;
}

}  // namespace

bool NormalForms::Entry::operator<(const Entry& other) const {
  return std::tie(canonical, compatible, combining_class, changes_in) <
         std::tie(other.canonical, other.compatible, other.combining_class, other.changes_in);
}

class NormalForms::Builder {
 public:
  explicit Builder(NormalForms& forms) : forms_(forms) { forms.decompositions_.emplace_back(); }

  void build() {
    std::map<std::vector<Entry>, std::uint16_t> known;
    std::vector<Entry> block(kBlockSize);
    for (std::size_t b = 0; b < forms_.index_.size(); ++b) {
      for (std::size_t i = 0; i < kBlockSize; ++i)
        block[i] = make(static_cast<char32_t>(b * kBlockSize + i));
      const auto [entry, is_new] =
          known.try_emplace(block, static_cast<std::uint16_t>(known.size()));
      if (is_new) forms_.blocks_.insert(forms_.blocks_.end(), block.begin(), block.end());
      forms_.index_[b] = entry->second;
    }
  }

 private:
  Entry make(char32_t code_point) {
    Entry entry;
    const auto c = static_cast<UChar32>(code_point);
    if (is_plain(code_point) || !is_known(code_point)) return entry;
    entry.combining_class = u_getCombiningClass(c);
    if (!is_yes(c, UCHAR_NFC_QUICK_CHECK)) entry.changes_in |= bit(NormalForm::nfc);
    if (!is_yes(c, UCHAR_NFD_QUICK_CHECK)) entry.changes_in |= bit(NormalForm::nfd);
    if (!is_yes(c, UCHAR_NFKC_QUICK_CHECK)) entry.changes_in |= bit(NormalForm::nfkc);
    if (!is_yes(c, UCHAR_NFKD_QUICK_CHECK)) entry.changes_in |= bit(NormalForm::nfkd);
    if (code_point - kSyllables < kSyllableCount) return entry;
    entry.canonical = decomposition(c, false);
    entry.compatible = decomposition(c, true);
    return entry;
  }

  std::uint16_t decomposition(UChar32 c, bool compatible) {
    icu::UnicodeString text;
    if (!icu_form(compatible).getDecomposition(c, text)) return 0;
    std::u32string characters;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
      characters += static_cast<char32_t>(text.char32At(i));
    const auto [entry, is_new] =
        numbers_.try_emplace(characters, static_cast<std::uint16_t>(forms_.decompositions_.size()));
    if (is_new) forms_.decompositions_.push_back(characters);
    return entry->second;
  }

  NormalForms& forms_;
  std::map<std::u32string, std::uint16_t> numbers_;
};

NormalForms::NormalForms() {
  Builder(*this).build();
}

const NormalForms& NormalForms::get() {
  static const NormalForms forms;
  return forms;
}

bool NormalForms::is_normal(NormalForm form, std::string_view text) const {
  std::uint8_t last = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      last = 0;
      ++at;
      continue;
    }
    const CodePoint c = decode(text, at);
    const Entry& e = entry(c.value);
    if ((e.changes_in & bit(form)) != 0) return false;
    if (e.combining_class != 0 && e.combining_class < last) return false;
    last = e.combining_class;
    at += c.bytes;
  }
  return true;
}

void NormalForms::normalize(NormalForm form, std::string_view text,
                            std::vector<Change>& out) const {
  const bool compatible = form == NormalForm::nfkc || form == NormalForm::nfkd;
  const std::size_t begin = out.size();
  // Marks since the last starter, to be sorted by combining class.
  std::size_t marks = begin;
  const auto sort_marks = [&] {
    if (out.size() - marks > 1) {
      std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(marks), out.end(),
                       [this](const Change& a, const Change& b) {
                         return combining_class(a.c) < combining_class(b.c);
                       });
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    int change = 0;
    for_each_part(c.value, compatible, [&](char32_t part) {
      if (combining_class(part) == 0) {
        sort_marks();
        out.push_back({part, change});
        marks = out.size();
      } else {
        out.push_back({part, change});
      }
      change = 1;
    });
    at += c.bytes;
  }
  sort_marks();
  if (form == NormalForm::nfc || form == NormalForm::nfkc) compose_all(out, begin);
}

char32_t NormalForms::compose(char32_t first, char32_t second) const {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount)
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  if (first - kSyllables < kSyllableCount && (first - kSyllables) % kTailCount == 0 &&
      second > kTails && second < kTails + kTailCount)
    return first + (second - kTails);
  const UChar32 composed =
      icu_form(false).composePair(static_cast<UChar32>(first), static_cast<UChar32>(second));
  return composed < 0 || !is_known(static_cast<char32_t>(composed))
             ? 0
             : static_cast<char32_t>(composed);
}

// Composition of UAX #15 in place. A character that is composed into the starter before it counts
// as removed from behind it.
void NormalForms::compose_all(std::vector<Change>& text, std::size_t begin) const {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t starter = kNone;
  std::size_t to = begin;
  int last_class = -1;  // of what stands between the starter and here; -1: nothing does
  for (std::size_t from = begin; from < text.size(); ++from) {
    const Change current = text[from];
    const std::uint8_t current_class = combining_class(current.c);
    if (starter != kNone && last_class < static_cast<int>(current_class)) {
      if (const char32_t composed = compose(text[starter].c, current.c)) {
        text[starter].c = composed;
        text[starter].change += current.change - 1;
        continue;
      }
    }
    if (current_class == 0) {
      starter = to;
      last_class = -1;
    } else {
      last_class = current_class;
    }
    text[to++] = current;
  }
  text.resize(to);
}

}  // namespace kindred::text
