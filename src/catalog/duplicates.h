// Products that are the same, or nearly, under different ids. Tested by duplicates_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/product.h"

namespace kindred::catalog {

struct DuplicateOptions {
  double similarity = 0.85;  ///< least Jaccard similarity that counts, from 0.5 to 1
  void validate() const;     ///< Errors: bad_input
};

struct Duplicate {
  std::string of;     ///< the id of the product that came before
  double similarity;  ///< 1: the same text; else estimated, with a standard error below 0.045
};

/// Compares each product with all before it: the case-folded words of its brand, titles and
/// attribute values (of Chinese and Japanese, pairs of characters). MinHash signatures of 128
/// values (Broder 1997) in 32 bands of 4 (Indyk and Motwani 1998): a pair of similarity 0.85 is
/// missed once in 10⁸ times, and one of 0.7 once in 6,000. Variants whose attributes differ are
/// less alike the fewer words they have; they are reported, never dropped.
///
/// Memory: about 1.2 kB a product. Threads: one at a time.
class DuplicateFinder {
 public:
  explicit DuplicateFinder(const DuplicateOptions& options = {});
  /// The most similar product before this one, if any is similar enough; then remembers this one. A
  /// product with the id of one before is no duplicate of it.
  std::optional<Duplicate> add(const Product& product);

 private:
  static constexpr std::size_t kBands = 32;
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kValues = kBands * kRows;
  using Signature = std::array<std::uint32_t, kValues>;
  struct Known {
    std::string id;
    std::uint64_t text;  // hash of all of it
    Signature signature;
  };
  static Signature signature_of(const std::vector<std::uint64_t>& shingles);

  DuplicateOptions options_;
  std::vector<Known> known_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> bands_;  // hash of a band → product
};

}  // namespace kindred::catalog
