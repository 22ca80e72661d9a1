#include "recipe/lexical_negatives.h"

#include "base/error.h"
#include "recipe/negative_draw.h"

namespace kindred::recipe {
namespace {

constexpr std::size_t kBlock = 4096;  // passages that are added at a time
// Matching passages among the hits that may be passed over beyond the ranks asked for.
constexpr std::size_t kSlack = 32;

}  // namespace

LexicalNegatives::LexicalNegatives(const TrainingSet& set, std::size_t rank_from,
                                   std::size_t rank_to)
    : set_(set), rank_from_(rank_from), rank_to_(rank_to) {
  require(rank_from > 0 && rank_from <= rank_to, "ranks in no order");
  index_ = search::LexicalIndex::create(directory_.file("words"));
  std::vector<search::LexicalDocument> block;
  const auto flush = [&] {
    if (!block.empty()) index_->upsert(block);
    block.clear();
  };
  for (TextId text = 0; text < set.texts().size(); ++text) {
    if (set.passage_keys(text).empty()) continue;
    block.push_back(
        {.key = text,
         .texts = {{search::TextField::description, set.language(set.passage_language(text)),
                    std::string(set.texts()[text])}},
         .fields = {}});
    if (block.size() == kBlock) flush();
  }
  flush();
  index_->compact();
}

std::vector<TextId> LexicalNegatives::candidates(std::size_t number) const {
  const TrainingSet::Example& example = set_[number];
  const Mention& anchor = set_.anchor(example);
  const search::WordsResult result = index_->search({.text = std::string(set_.texts()[anchor.text]),
                                                     .language = set_.language(anchor.language),
                                                     .k = rank_to_ + kSlack,
                                                     .correct = false});
  const std::vector<std::uint64_t> keys = set_.anchor_keys(example);
  std::vector<TextId> chosen;
  std::size_t rank = 0;
  for (const search::WordsHit& hit : result.hits) {
    const auto text = static_cast<TextId>(hit.key);
    if (matches(set_, keys, text)) continue;
    if (++rank > rank_to_) break;
    if (rank >= rank_from_) chosen.push_back(text);
  }
  return chosen;
}

}  // namespace kindred::recipe
