// fastText's character n-grams. Tested by subwords_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kindred::static_vectors {

/// Which n-grams a word has and how many rows they share (Bojanowski et al., 2017).
struct SubwordRules {
  std::size_t least = 3;            ///< characters (code points), the word's marks < and > counted
  std::size_t most = 6;             ///< 0: no n-grams
  std::size_t buckets = 2'000'000;  ///< rows that the n-grams are hashed to
  bool operator==(const SubwordRules&) const = default;
  void validate() const;  ///< Errors: bad_input
};

/// fastText's hash: 32-bit FNV-1a that takes bytes as signed, as its own files were made by.
std::uint32_t fasttext_hash(std::string_view bytes) noexcept;

/// fastText's mark of a line's end, a word without n-grams.
inline constexpr std::string_view kEndOfSentence = "</s>";

/// Appends the bucket (0 … buckets - 1) of each n-gram of "<word>", in fastText's order. Bytes that
/// are not UTF-8 count as fastText counts them: a continuation byte belongs to the character
/// before.
void append_subwords(std::string_view word, const SubwordRules& rules,
                     std::vector<std::uint32_t>& buckets);

}  // namespace kindred::static_vectors
