#include "search/tune.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "eval/retrieval.h"

namespace kindred::search {
namespace {

constexpr int kWeightSteps = 20;
constexpr double kRankConstants[] = {60.0, 20.0, 100.0, 10.0, 5.0, 1.0};

using Queries = std::span<const LabelledQuery* const>;

// The gains of what a fusion finds, best first.
std::vector<double> gains_of(const LabelledQuery& query, const FusionOptions& fusion) {
  const Rankings rankings{query.vector, query.words, query.words_bound, query.words_cut};
  std::vector<double> gains;
  for (const FusedKey& found : fuse(rankings, fusion)) {
    const auto gain = query.gains.find(found.key);
    gains.push_back(gain == query.gains.end() ? 0.0 : gain->second);
  }
  return gains;
}

double mean_ndcg(Queries queries, const FusionOptions& fusion, std::size_t k) {
  double sum = 0.0;
  for (const LabelledQuery* query : queries) {
    std::vector<double> judged;
    for (const auto& [key, gain] : query->gains) judged.push_back(gain);
    sum += eval::ndcg(gains_of(*query, fusion), judged, k);
  }
  return sum / static_cast<double>(queries.size());
}

double mean_mrr(Queries queries, const FusionOptions& fusion, std::size_t k) {
  double sum = 0.0;
  for (const LabelledQuery* query : queries)
    sum += eval::reciprocal_rank(gains_of(*query, fusion), k);
  return sum / static_cast<double>(queries.size());
}

// The neighbours of the usual first, so that of equals the first wins.
std::vector<FusionOptions> candidates() {
  std::vector<FusionOptions> all;
  for (int i = 0; i <= kWeightSteps; ++i) {
    const double weight = static_cast<double>(i) / kWeightSteps;
    all.push_back({FusionMethod::bounded_scores, weight});
    all.push_back({FusionMethod::weighted_scores, weight});
    for (const double constant : kRankConstants)
      all.push_back({FusionMethod::reciprocal_rank, weight, constant});
  }
  const auto unusual = [](const FusionOptions& fusion) {
    return std::abs(fusion.vector_weight - FusionOptions::of(fusion.method).vector_weight);
  };
  std::stable_sort(all.begin(), all.end(), [&](const FusionOptions& a, const FusionOptions& b) {
    return unusual(a) < unusual(b);
  });
  return all;
}

}  // namespace

TuneResult tune(std::span<const LabelledQuery> queries, const TuneOptions& options) {
  std::vector<const LabelledQuery*> labelled;
  for (const LabelledQuery& query : queries) {
    if (!query.gains.empty()) labelled.push_back(&query);
  }
  if (labelled.size() < 2) {
    fail(ErrorKind::bad_input,
         "{} of {} queries have relevant products; tuning needs at least two, better a hundred",
         labelled.size(), queries.size());
  }
  Random(options.seed).shuffle(std::span(labelled));
  const auto wanted = static_cast<std::size_t>(
      std::lround(options.held_out * static_cast<double>(labelled.size())));
  const std::size_t held_out = std::clamp<std::size_t>(wanted, 1, labelled.size() - 1);
  const auto test = std::span<const LabelledQuery* const>(labelled).first(held_out);
  const auto train = std::span<const LabelledQuery* const>(labelled).subspan(held_out);

  TuneResult result;
  result.tuned_on = -1.0;
  for (const FusionOptions& fusion : candidates()) {
    const double score = mean_ndcg(train, fusion, options.k);
    if (score > result.tuned_on + 1e-9) {
      result.tuned_on = score;
      result.best = fusion;
    }
  }
  result.best_ndcg = mean_ndcg(test, result.best, options.k);
  result.default_ndcg = mean_ndcg(test, {}, options.k);
  result.vector_ndcg = mean_ndcg(test, {.vector_weight = 1.0}, options.k);
  result.words_ndcg = mean_ndcg(test, {.vector_weight = 0.0}, options.k);
  result.best_mrr = mean_mrr(test, result.best, options.k);
  result.default_mrr = mean_mrr(test, {}, options.k);
  result.vector_mrr = mean_mrr(test, {.vector_weight = 1.0}, options.k);
  result.words_mrr = mean_mrr(test, {.vector_weight = 0.0}, options.k);
  result.tuning_queries = train.size();
  result.held_out_queries = test.size();
  return result;
}

}  // namespace kindred::search
