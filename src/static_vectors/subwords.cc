#include "static_vectors/subwords.h"

#include <string>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

bool continues(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

void SubwordRules::validate() const {
  constexpr std::size_t kLongest = 100;
  constexpr std::size_t kMostBuckets = 1U << 31;
  if (most == 0) return;
  if (least == 0 || least > most || most > kLongest)
    fail(ErrorKind::bad_input,
         "n-grams of {} to {} characters: the least is 1, the most {}, and the first is not more "
         "than the second",
         least, most, kLongest);
  if (buckets == 0 || buckets > kMostBuckets)
    fail(ErrorKind::bad_input, "{} buckets for n-grams: choose 1 to {}", buckets, kMostBuckets);
}

std::uint32_t fasttext_hash(std::string_view bytes) noexcept {
  std::uint32_t h = 2166136261U;
  for (const char byte : bytes) {
    h ^= static_cast<std::uint32_t>(static_cast<std::int8_t>(byte));
    h *= 16777619U;
  }
  return h;
}

void append_subwords(std::string_view word, const SubwordRules& rules,
                     std::vector<std::uint32_t>& buckets) {
  if (rules.most == 0 || word == kEndOfSentence) return;
  thread_local std::string marked;
  marked.assign("<").append(word).append(">");
  const std::size_t size = marked.size();
  for (std::size_t begin = 0; begin < size; ++begin) {
    if (continues(marked[begin])) continue;
    std::uint32_t h = 2166136261U;
    std::size_t end = begin;
    for (std::size_t n = 1; end < size && n <= rules.most; ++n) {
      // One character on: its first byte and what continues it.
      do {
        h ^= static_cast<std::uint32_t>(static_cast<std::int8_t>(marked[end]));
        h *= 16777619U;
        ++end;
      } while (end < size && continues(marked[end]));
      // fastText leaves out the two marks by themselves.
      const bool mark = n == 1 && (begin == 0 || end == size);
      if (n >= rules.least && !mark) buckets.push_back(h % rules.buckets);
    }
  }
}

}  // namespace kindred::static_vectors
