// Products of one category against those of others. Tested by category_triplets_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "prepare/example.h"

namespace kindred::prepare {

enum class Hardness : std::uint8_t {
  near,   ///< of the nearest other category: a sibling, where there is one
  mixed,  ///< the first of the nearest, each further one a level further away, then again
  far,    ///< of anywhere outside of the anchor's widest category
};
/// Errors: bad_input, with the names.
Hardness parse_hardness(std::string_view name);

struct CategoryOptions {
  std::size_t negatives = 2;
  Hardness hardness = Hardness::mixed;
  std::uint64_t seed = 1;
};

/// The anchor is a product, the positive another of its narrowest category, the negatives are of
/// categories at a distance in the tree. A negative's score is the share of the anchor's levels
/// that it has in common. Every draw depends on the seed and the product's number alone.
///
/// Memory: the texts. Threads: one at a time.
class CategoryTriplets {
 public:
  explicit CategoryTriplets(CategoryOptions options = {});
  /// `levels`: of its category, the widest first; not empty.
  void add(Passage product, const std::vector<std::string>& levels);
  /// Behind the last `add`.
  void finish();
  std::size_t size() const noexcept { return products_.size(); }
  /// Of the product that was added as number `product`. Without positives where it is alone in its
  /// category, and with fewer negatives where there are no others.
  Example example_of(std::size_t product) const;

 private:
  struct Product {
    Passage passage;
    std::vector<std::uint32_t> levels;  // numbers of names
  };
  struct Range {
    std::size_t begin;
    std::size_t end;
    std::size_t size() const { return end - begin; }
  };
  Range range_of(const std::vector<std::uint32_t>& levels, std::size_t count) const;

  CategoryOptions options_;
  std::unordered_map<std::string, std::uint32_t> names_;  // of levels, numbered
  std::vector<Product> products_;
  std::vector<std::uint32_t> order_;  // of products, so that those of any category are together
};

}  // namespace kindred::prepare
