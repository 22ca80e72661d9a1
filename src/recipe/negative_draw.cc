#include "recipe/negative_draw.h"

#include <algorithm>
#include <unordered_map>

namespace kindred::recipe {

bool matches(const TrainingSet& set, std::span<const std::uint64_t> anchor_keys, TextId passage) {
  const auto keys = set.passage_keys(passage);
  return std::any_of(anchor_keys.begin(), anchor_keys.end(), [&](std::uint64_t key) {
    return std::binary_search(keys.begin(), keys.end(), key);
  });
}

void draw_negatives(const TrainingSet& set, std::span<const std::uint64_t> anchor_keys,
                    std::span<const std::span<const TextId>> pool, std::size_t count,
                    Random& random, std::vector<TextId>& passages) {
  std::size_t size = 0;
  for (const auto& part : pool) size += part.size();
  const auto at = [&](std::size_t i) {
    for (const auto& part : pool) {
      if (i < part.size()) return part[i];
      i -= part.size();
    }
    return TextId{0};  // not reached: i < size
  };
  // A shuffle of as many of the pool as are looked at, by the places that were exchanged.
  std::unordered_map<std::size_t, std::size_t> moved;
  const std::size_t tries = std::min(size, 16 * count + 64);
  for (std::size_t i = 0, taken = 0; i < tries && taken < count; ++i) {
    const std::size_t j = i + random.below(size - i);
    const auto place = [&](std::size_t of) {
      const auto found = moved.find(of);
      return found == moved.end() ? of : found->second;
    };
    const std::size_t drawn = place(j);
    moved[j] = place(i);
    const TextId text = at(drawn);
    if (std::find(passages.begin(), passages.end(), text) != passages.end() ||
        matches(set, anchor_keys, text))
      continue;
    passages.push_back(text);
    ++taken;
  }
}

}  // namespace kindred::recipe
