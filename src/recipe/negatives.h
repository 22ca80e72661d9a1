// Negatives as a recipe asks for them, a quota a source. Tested by negatives_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/category_negatives.h"
#include "recipe/lexical_negatives.h"
#include "recipe/mined_negatives.h"
#include "recipe/negative_source.h"
#include "recipe/recipe.h"

namespace kindred::recipe {

/// Each example gets up to its quota from every source: of the mined and the lexical ones as many
/// as are asked for out of the ranks that the recipe gives, of its category in its own language and
/// in others. What a source lacks, no other makes up for; it is counted.
///
/// Threads: one at a time.
class Negatives final : public NegativeSource {
 public:
  /// How many were asked for and how many there were, by source.
  struct Count {
    std::string_view source;
    std::uint64_t asked = 0;
    std::uint64_t given = 0;
  };

  /// The set must outlive it. Builds the index of words, where the recipe wants lexical ones.
  /// Errors: bad_input where a source has nothing to draw from (no passage has a category).
  Negatives(const TrainingSet& set, const NegativesRecipe& recipe);

  void choose(std::size_t example, Random& random, std::vector<TextId>& passages) override;

  /// What is mined, to be refreshed; null where the recipe wants none. Nothing is mined before.
  MinedNegatives* mined() noexcept { return mined_ ? &*mined_ : nullptr; }
  std::vector<Count> counts() const;

 private:
  enum Source : std::uint8_t { kMined, kCategory, kOtherLanguage, kLexical };
  void draw(Source source, std::size_t quota, std::size_t example, std::span<const TextId> from,
            Random& random, std::vector<TextId>& passages);

  const TrainingSet& set_;
  NegativesRecipe recipe_;
  std::optional<MinedNegatives> mined_;
  std::optional<CategoryNegatives> categories_;
  std::unique_ptr<LexicalNegatives> lexical_;
  std::array<Count, 4> counts_;
};

}  // namespace kindred::recipe
