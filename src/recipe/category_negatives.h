// Negatives of the positive's own category. Tested by negatives_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

/// The passages of each category, by language.
///
/// Memory: 4 bytes a passage with a category. Threads: immutable; any.
class CategoryNegatives {
 public:
  /// The set must outlive it.
  explicit CategoryNegatives(const TrainingSet& set);

  /// Appends up to `same_language` passages in the language of the example's first positive and up
  /// to `other_languages` in any other, drawn evenly from those of its category that do not match
  /// the anchor (so that of the others each language comes as often as it is in the category).
  void choose(std::size_t example, std::size_t same_language, std::size_t other_languages,
              Random& random, std::vector<TextId>& passages) const;

  /// Passages whose category is known.
  std::size_t size() const noexcept { return passages_.size(); }

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  Range language_of(Range category, std::uint32_t language) const;

  const TrainingSet& set_;
  std::vector<TextId> passages_;  // by category, then language
  std::unordered_map<std::uint32_t, Range> categories_;
};

}  // namespace kindred::recipe
