#include "prepare/category_triplets.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/error.h"
#include "base/random.h"

namespace kindred::prepare {

Hardness parse_hardness(std::string_view name) {
  if (name == "near") return Hardness::near;
  if (name == "mixed") return Hardness::mixed;
  if (name == "far") return Hardness::far;
  fail(ErrorKind::bad_input, "no hardness {}; they are near, mixed and far", name);
}

CategoryTriplets::CategoryTriplets(CategoryOptions options) : options_(options) {}

void CategoryTriplets::add(Passage product, const std::vector<std::string>& levels) {
  require(!levels.empty(), "a category without levels");
  Product added{.passage = std::move(product), .levels = {}};
  for (const std::string& level : levels) {
    const auto [known, is_new] = names_.emplace(level, static_cast<std::uint32_t>(names_.size()));
    added.levels.push_back(known->second);
  }
  products_.push_back(std::move(added));
}

void CategoryTriplets::finish() {
  order_.resize(products_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return products_[a].levels < products_[b].levels;
  });
}

CategoryTriplets::Range CategoryTriplets::range_of(const std::vector<std::uint32_t>& levels,
                                                   std::size_t count) const {
  const auto prefix = std::span(levels).first(count);
  const auto compare = [&](std::uint32_t product) {
    const auto& other = products_[product].levels;
    const std::size_t common = std::min(count, other.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (other[i] != prefix[i]) return other[i] < prefix[i] ? -1 : 1;
    }
    return other.size() < count ? -1 : 0;
  };
  const auto begin = std::partition_point(order_.begin(), order_.end(),
                                          [&](std::uint32_t p) { return compare(p) < 0; });
  const auto end =
      std::partition_point(begin, order_.end(), [&](std::uint32_t p) { return compare(p) == 0; });
  return {static_cast<std::size_t>(begin - order_.begin()),
          static_cast<std::size_t>(end - order_.begin())};
}

Example CategoryTriplets::example_of(std::size_t number) const {
  const Product& product = products_[number];
  Random random = Random(options_.seed).split(number);
  Example example{.anchor = product.passage};
  // From the whole catalogue down to the product's own category; those of exactly that category
  // are what begins its range.
  std::vector<Range> ranges;
  for (std::size_t count = 0; count <= product.levels.size(); ++count)
    ranges.push_back(range_of(product.levels, count));
  Range own = ranges.back();
  own.end = own.begin;
  while (own.end < ranges.back().end &&
         products_[order_[own.end]].levels.size() == product.levels.size())
    ++own.end;
  if (own.size() < 2) return example;
  std::size_t at = own.begin + random.below(own.size() - 1);
  if (order_[at] == number) at = own.end - 1;
  example.positives.push_back(products_[order_[at]].passage);

  // Ring k: in the first k levels' category and not in that of the first k + 1.
  std::vector<std::size_t> rings;
  for (std::size_t k = product.levels.size(); k-- > 0;) {
    if (ranges[k].size() > ranges[k + 1].size()) rings.push_back(k);
  }
  if (options_.hardness == Hardness::far && (rings.empty() || rings.back() != 0)) rings.clear();
  if (rings.empty()) return example;
  for (std::size_t n = 0; n < options_.negatives; ++n) {
    const std::size_t ring = options_.hardness == Hardness::near  ? rings.front()
                             : options_.hardness == Hardness::far ? rings.back()
                                                                  : rings[n % rings.size()];
    const Range& outer = ranges[ring];
    const Range& inner = ranges[ring + 1];
    std::size_t drawn = outer.begin + random.below(outer.size() - inner.size());
    if (drawn >= inner.begin) drawn += inner.size();
    Passage negative = products_[order_[drawn]].passage;
    negative.score = static_cast<double>(ring) / static_cast<double>(product.levels.size());
    example.negatives.push_back(std::move(negative));
  }
  return example;
}

}  // namespace kindred::prepare
