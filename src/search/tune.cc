#include "search/tune.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace kindred::search {
namespace {

constexpr int kWeightSteps = 20;
constexpr double kRankConstants[] = {60.0, 20.0, 100.0, 10.0, 5.0, 1.0};

using Queries = std::span<const LabelledQuery* const>;

template <typename Measure>
double mean_of(const Measure& measure, Queries queries, const FusionOptions& fusion,
               std::size_t k) {
  double sum = 0.0;
  for (const LabelledQuery* query : queries) {
    const Rankings rankings{query->vector, query->words, query->words_bound, query->words_cut};
    sum += measure(fuse(rankings, fusion), query->gains, k);
  }
  return sum / static_cast<double>(queries.size());
}

double mean_ndcg(Queries queries, const FusionOptions& fusion, std::size_t k) {
  return mean_of(ndcg, queries, fusion, k);
}

double mean_mrr(Queries queries, const FusionOptions& fusion, std::size_t k) {
  return mean_of(reciprocal_rank, queries, fusion, k);
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

double ndcg(std::span<const FusedKey> ranking,
            const std::unordered_map<std::uint64_t, double>& gains, std::size_t k) {
  const auto discount = [](std::size_t place) {
    return 1.0 / std::log2(static_cast<double>(place) + 2.0);
  };
  double found = 0.0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    const auto gain = gains.find(ranking[i].key);
    if (gain != gains.end()) found += gain->second * discount(i);
  }
  std::vector<double> best;
  best.reserve(gains.size());
  for (const auto& [key, gain] : gains) best.push_back(gain);
  std::sort(best.begin(), best.end(), std::greater<>());
  double ideal = 0.0;
  for (std::size_t i = 0; i < std::min(k, best.size()); ++i) ideal += best[i] * discount(i);
  return ideal > 0.0 ? found / ideal : 0.0;
}

double reciprocal_rank(std::span<const FusedKey> ranking,
                       const std::unordered_map<std::uint64_t, double>& gains, std::size_t k) {
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (gains.contains(ranking[i].key)) return 1.0 / static_cast<double>(i + 1);
  }
  return 0.0;
}

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
