#include "text/unicode.h"

#include <algorithm>
#include <map>

#include "text/code_points.h"
#include "text/unicode_tables.h"

namespace kindred::text {
namespace {

void add(std::vector<std::uint32_t>& flat, std::uint32_t bits, const CodeRange* ranges,
         std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::uint32_t c = ranges[i].first; c <= ranges[i].last; ++c) flat[c] |= bits;
}

constexpr std::uint32_t cluster_bits(Cluster cluster) {
  return static_cast<std::uint32_t>(cluster) << kClusterShift;
}

// Blocks of BertNormalizer's is_chinese_char, without CJK extension E's first characters, as there.
constexpr CodeRange kChineseRanges[] = {
    {0x4e00, 0x9fff},   {0x3400, 0x4dbf},   {0x20000, 0x2a6df}, {0x2a700, 0x2b73f},
    {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0xf900, 0xfaff},   {0x2f800, 0x2fa1f},
};
constexpr CodeRange kRegionalRange[] = {{0x1f1e6, 0x1f1ff}};
constexpr CodeRange kHangulL[] = {{0x1100, 0x115f}, {0xa960, 0xa97c}};
constexpr CodeRange kHangulV[] = {{0x1160, 0x11a7}, {0xd7b0, 0xd7c6}};
constexpr CodeRange kHangulT[] = {{0x11a8, 0x11ff}, {0xd7cb, 0xd7fb}};
constexpr CodeRange kHangulSyllables[] = {{0xac00, 0xd7a3}};

void add_clusters(std::vector<std::uint32_t>& flat) {
  const auto set = [&flat](Cluster cluster, const CodeRange* ranges, std::size_t count) {
    add(flat, cluster_bits(cluster), ranges, count);
  };
  set(Cluster::prepend, kGraphemePrependRanges, kGraphemePrependRangesCount);
  set(Cluster::extend, kGraphemeExtendRanges, kGraphemeExtendRangesCount);
  set(Cluster::spacing_mark, kGraphemeSpacingMarkRanges, kGraphemeSpacingMarkRangesCount);
  set(Cluster::control, kGraphemeControlRanges, kGraphemeControlRangesCount);
  set(Cluster::hangul_v, kGraphemeVowelRanges, kGraphemeVowelRangesCount);
  set(Cluster::regional_indicator, kRegionalRange, std::size(kRegionalRange));
  set(Cluster::hangul_l, kHangulL, std::size(kHangulL));
  set(Cluster::hangul_v, kHangulV, std::size(kHangulV));
  set(Cluster::hangul_t, kHangulT, std::size(kHangulT));
  set(Cluster::hangul_lvt, kHangulSyllables, std::size(kHangulSyllables));
  for (std::uint32_t c = 0xac00; c <= 0xd7a3; c += 28) flat[c] = cluster_bits(Cluster::hangul_lv);
  flat[0x0d] = cluster_bits(Cluster::carriage_return);
  flat[0x0a] = cluster_bits(Cluster::line_feed);
  flat[0x200d] = cluster_bits(Cluster::joiner) | kConjunctExtend;
  add(flat, kPictographic, kGraphemePictographicRanges, kGraphemePictographicRangesCount);
  add(flat, kConsonant, kGraphemeConsonantRanges, kGraphemeConsonantRangesCount);
  add(flat, kLinker, kGraphemeLinkerRanges, kGraphemeLinkerRangesCount);
  add(flat, kConjunctExtend, kGraphemeConjunctExtendRanges, kGraphemeConjunctExtendRangesCount);
}

std::vector<std::uint32_t> flat_bits() {
  std::vector<std::uint32_t> flat(kCodePoints);
  add_clusters(flat);
  add(flat, kWhite, kWhiteRanges, kWhiteRangesCount);
  add(flat, kBertRemoved, kBertRemovedRanges, kBertRemovedRangesCount);
  add(flat, kBertMark, kBertMarkRanges, kBertMarkRangesCount);
  add(flat, kAccent, kAccentRanges, kAccentRangesCount);
  add(flat, kNumeric, kNumericRanges, kNumericRangesCount);
  add(flat, kPunctuation, kPunctuationRanges, kPunctuationRangesCount);
  add(flat, kWord, kWordRanges, kWordRangesCount);
  add(flat, kLetter, kOnigLetterRanges, kOnigLetterRangesCount);
  add(flat, kNumber, kOnigNumberRanges, kOnigNumberRangesCount);
  add(flat, kChinese, kChineseRanges, std::size(kChineseRanges));
  for (std::size_t i = 0; i < kLowerRangesCount; ++i) {
    const LowerRange& range = kLowerRanges[i];
    for (std::uint32_t c = range.first; c <= range.last; c += range.stride) flat[c] |= kHasLower;
  }
  flat[kDottedCapitalI] |= kHasLower;
  return flat;
}

}  // namespace

Unicode::Unicode() {
  const std::vector<std::uint32_t> flat = flat_bits();
  std::map<std::vector<std::uint32_t>, std::uint16_t> known;
  for (std::size_t block = 0; block < index_.size(); ++block) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(block * kBlockSize);
    const std::vector<std::uint32_t> content(begin, begin + kBlockSize);
    const auto [entry, is_new] =
        known.try_emplace(content, static_cast<std::uint16_t>(known.size()));
    if (is_new) blocks_.insert(blocks_.end(), content.begin(), content.end());
    index_[block] = entry->second;
  }
}

const Unicode& Unicode::get() {
  static const Unicode table;
  return table;
}

char32_t to_lower(char32_t c) noexcept {
  if (c < 0x80) return c - U'A' < 26 ? c + 32 : c;
  const LowerRange* end = kLowerRanges + kLowerRangesCount;
  const LowerRange* range = std::upper_bound(
      kLowerRanges, end, c, [](char32_t value, const LowerRange& r) { return value < r.first; });
  if (range == kLowerRanges) return c;
  --range;
  if (c > range->last || (c - range->first) % range->stride != 0) return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + range->delta);
}

std::uint16_t script_of(char32_t c) noexcept {
  const ScriptRange* end = kScriptRanges + kScriptRangesCount;
  const ScriptRange* range = std::upper_bound(
      kScriptRanges, end, c, [](char32_t value, const ScriptRange& r) { return value < r.first; });
  if (range == kScriptRanges) return 0;
  --range;
  return c <= range->last ? range->script : 0;
}

}  // namespace kindred::text
