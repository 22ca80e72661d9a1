#include "recipe/category_negatives.h"

#include <algorithm>
#include <tuple>

#include "recipe/negative_draw.h"

namespace kindred::recipe {

CategoryNegatives::CategoryNegatives(const TrainingSet& set) : set_(set) {
  for (TextId text = 0; text < set.texts().size(); ++text) {
    if (!set.passage_keys(text).empty() && set.passage_category(text) != 0)
      passages_.push_back(text);
  }
  std::sort(passages_.begin(), passages_.end(), [&](TextId a, TextId b) {
    return std::tuple(set.passage_category(a), set.passage_language(a), a) <
           std::tuple(set.passage_category(b), set.passage_language(b), b);
  });
  for (std::size_t begin = 0; begin < passages_.size();) {
    const std::uint32_t category = set.passage_category(passages_[begin]);
    std::size_t end = begin;
    while (end < passages_.size() && set.passage_category(passages_[end]) == category) ++end;
    categories_[category] = {begin, end};
    begin = end;
  }
}

CategoryNegatives::Range CategoryNegatives::language_of(Range category,
                                                        std::uint32_t language) const {
  const auto begin = passages_.begin() + static_cast<std::ptrdiff_t>(category.begin);
  const auto end = passages_.begin() + static_cast<std::ptrdiff_t>(category.end);
  const auto first = std::partition_point(
      begin, end, [&](TextId text) { return set_.passage_language(text) < language; });
  const auto last = std::partition_point(
      first, end, [&](TextId text) { return set_.passage_language(text) == language; });
  return {static_cast<std::size_t>(first - passages_.begin()),
          static_cast<std::size_t>(last - passages_.begin())};
}

void CategoryNegatives::choose(std::size_t number, std::size_t same_language,
                               std::size_t other_languages, Random& random,
                               std::vector<TextId>& passages) const {
  const TrainingSet::Example& example = set_[number];
  if (example.positives == 0) return;
  const TextId positive = set_.positives(example)[0].text;
  std::uint32_t category = set_.passage_category(positive);
  if (category == 0) category = set_.anchor(example).category;
  const auto found = categories_.find(category);
  if (found == categories_.end()) return;
  const Range all = found->second;
  const Range same = language_of(all, set_.passage_language(positive));
  const auto part = [&](std::size_t begin, std::size_t end) {
    return std::span<const TextId>(passages_).subspan(begin, end - begin);
  };
  const std::vector<std::uint64_t> keys = set_.anchor_keys(example);
  const std::span<const TextId> own[] = {part(same.begin, same.end)};
  const std::span<const TextId> others[] = {part(all.begin, same.begin), part(same.end, all.end)};
  draw_negatives(set_, keys, own, same_language, random, passages);
  draw_negatives(set_, keys, others, other_languages, random, passages);
}

}  // namespace kindred::recipe
