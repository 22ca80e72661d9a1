#include "recipe/negatives.h"

#include <algorithm>

#include "base/error.h"
#include "recipe/negative_draw.h"

namespace kindred::recipe {

Negatives::Negatives(const TrainingSet& set, const NegativesRecipe& recipe)
    : set_(set),
      recipe_(recipe),
      counts_(
          {Count{"mined"}, Count{"category"}, Count{"category_other_language"}, Count{"lexical"}}) {
  if (recipe.mined > 0) {
    mined_.emplace(set, MiningOptions{.rank_from = recipe.rank_from,
                                      .rank_to = recipe.rank_to,
                                      .margin = recipe.margin});
  }
  if (recipe.category + recipe.category_other_language > 0) {
    categories_.emplace(set);
    if (categories_->size() == 0) {
      fail(ErrorKind::bad_input,
           "negatives.category: no passage of the data has a category; write them as \"category\" "
           "of passages (kindred prepare does for products), or set the quota to 0");
    }
  }
  if (recipe.category_other_language > 0 && set.languages() <= 2) {
    fail(ErrorKind::bad_input,
         "negatives.category_other_language: the data does not say that its texts are in different "
         "languages; write them as \"language\" of passages, or set the quota to 0");
  }
  if (recipe.lexical > 0)
    lexical_ = std::make_unique<LexicalNegatives>(set, recipe.rank_from, recipe.rank_to);
}

void Negatives::draw(Source source, std::size_t quota, std::size_t example,
                     std::span<const TextId> from, Random& random, std::vector<TextId>& passages) {
  const std::size_t before = passages.size();
  const std::span<const TextId> pool[] = {from};
  draw_negatives(set_, set_.anchor_keys(set_[example]), pool, quota, random, passages);
  counts_[source].asked += quota;
  counts_[source].given += passages.size() - before;
}

void Negatives::choose(std::size_t example, Random& random, std::vector<TextId>& passages) {
  if (set_[example].positives == 0) return;
  if (mined_) draw(kMined, recipe_.mined, example, mined_->of(example), random, passages);
  if (categories_) {
    const auto count = [&](Source source, std::size_t same, std::size_t others) {
      const std::size_t before = passages.size();
      categories_->choose(example, same, others, random, passages);
      counts_[source].asked += same + others;
      counts_[source].given += passages.size() - before;
    };
    count(kCategory, recipe_.category, 0);
    count(kOtherLanguage, 0, recipe_.category_other_language);
  }
  if (lexical_)
    draw(kLexical, recipe_.lexical, example, lexical_->candidates(example), random, passages);
}

std::vector<Negatives::Count> Negatives::counts() const {
  std::vector<Count> asked;
  for (const Count& count : counts_) {
    if (count.asked > 0) asked.push_back(count);
  }
  return asked;
}

}  // namespace kindred::recipe
