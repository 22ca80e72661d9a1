#include "search/fusion.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"

namespace kindred::search {
namespace {

/// How the scores of a list count: (score − least) / range, or 1 where the range is 0.
struct Scale {
  double least = 0.0;
  double range = 0.0;

  double operator()(double score) const { return range > 0.0 ? (score - least) / range : 1.0; }
};

Scale observed(std::span<const RankedKey> list) {
  if (list.empty()) return {};
  return {list.back().score, list.front().score - list.back().score};
}

Scale scale_of_words(const Rankings& rankings, FusionMethod method) {
  const auto& words = rankings.words;
  if (method != FusionMethod::bounded_scores || words.empty()) return observed(words);
  return {rankings.words_cut ? words.back().score : 0.0,
          std::max(rankings.words_bound, words.front().score)};
}

double part(std::span<const RankedKey> list, std::size_t at, double weight, const Scale& scale,
            const FusionOptions& options) {
  if (options.method == FusionMethod::reciprocal_rank)
    return weight / (options.rank_constant + static_cast<double>(at + 1));
  return weight * scale(list[at].score);
}

}  // namespace

std::string_view to_string(FusionMethod method) noexcept {
  switch (method) {
    case FusionMethod::reciprocal_rank:
      return "reciprocal rank";
    case FusionMethod::weighted_scores:
      return "weighted scores";
    case FusionMethod::bounded_scores:
      break;
  }
  return "bounded scores";
}

FusionOptions FusionOptions::of(FusionMethod method) noexcept {
  return {method, method == FusionMethod::bounded_scores ? FusionOptions().vector_weight : 0.5};
}

void FusionOptions::validate() const {
  if (!(vector_weight >= 0.0 && vector_weight <= 1.0)) {
    fail(ErrorKind::bad_input, "the vectors' weight in a fusion is {}; give a number from 0 to 1",
         vector_weight);
  }
  if (!(rank_constant >= 0.0 && rank_constant <= 1e6)) {
    fail(ErrorKind::bad_input,
         "the rank constant of a fusion is {}; give a number from 0 to 1,000,000", rank_constant);
  }
}

std::vector<FusedKey> fuse(const Rankings& rankings, const FusionOptions& options) {
  const std::span<const RankedKey> vector = rankings.vector;
  const std::span<const RankedKey> words = rankings.words;
  const Scale of_vector = observed(vector);
  const Scale of_words = scale_of_words(rankings, options.method);
  std::vector<FusedKey> fused;
  std::unordered_map<std::uint64_t, std::size_t> place;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    place[vector[i].key] = fused.size();
    fused.push_back(
        {vector[i].key, 0.0, part(vector, i, options.vector_weight, of_vector, options), 0.0});
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(words[i].key, fused.size());
    if (is_new) fused.push_back({words[i].key, 0.0, 0.0, 0.0});
    fused[at->second].words_part = part(words, i, 1.0 - options.vector_weight, of_words, options);
  }
  for (FusedKey& key : fused) key.score = key.vector_part + key.words_part;
  std::sort(fused.begin(), fused.end(), [](const FusedKey& a, const FusedKey& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  });
  return fused;
}

}  // namespace kindred::search
