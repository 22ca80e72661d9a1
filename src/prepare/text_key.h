// When two texts count as the same. Tested by text_key_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kindred::prepare {

/// `text` as it is compared: in compatibility form with case folded and invisible characters out
/// (NFKC_Casefold of the Unicode standard), every run of blanks and punctuation one blank, none at
/// the ends. Symbols stay ("C++", "5 €"). A text of punctuation alone is only folded. Bytes that
/// are not UTF-8 become U+FFFD.
std::string normalized_text(std::string_view text);

/// 64 bits that stand for a normalised text; `seed` begins another family. Two of ten million
/// different texts share one with a probability of 3 in a million.
std::uint64_t hash_text(std::string_view normalized, std::uint64_t seed = 0) noexcept;

/// The finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014): a permutation of the 64-bit numbers of which every bit depends on all.
constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

}  // namespace kindred::prepare
