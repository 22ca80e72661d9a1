#include "search/fusion.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"

namespace kindred::search {
namespace {

double part(std::span<const RankedKey> list, std::size_t at, double weight,
            const FusionOptions& options) {
  if (options.method == FusionMethod::reciprocal_rank) {
    return weight / (options.rank_constant + static_cast<double>(at + 1));
  }
  const double span = list.front().score - list.back().score;
  return weight * (span > 0.0 ? (list[at].score - list.back().score) / span : 1.0);
}

}  // namespace

std::string_view to_string(FusionMethod method) noexcept {
  return method == FusionMethod::reciprocal_rank ? "reciprocal rank" : "weighted scores";
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

std::vector<FusedKey> fuse(std::span<const RankedKey> vector, std::span<const RankedKey> words,
                           const FusionOptions& options) {
  std::vector<FusedKey> fused;
  std::unordered_map<std::uint64_t, std::size_t> place;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    place[vector[i].key] = fused.size();
    fused.push_back({vector[i].key, 0.0, part(vector, i, options.vector_weight, options), 0.0});
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(words[i].key, fused.size());
    if (is_new) fused.push_back({words[i].key, 0.0, 0.0, 0.0});
    fused[at->second].words_part = part(words, i, 1.0 - options.vector_weight, options);
  }
  for (FusedKey& key : fused) key.score = key.vector_part + key.words_part;
  std::sort(fused.begin(), fused.end(), [](const FusedKey& a, const FusedKey& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  });
  return fused;
}

}  // namespace kindred::search
