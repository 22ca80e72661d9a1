// The fusion that ranks a shop's labelled queries best. Tested by fusion_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "search/fusion.h"

namespace kindred::search {

/// A query with what both searches found for it and which of it is relevant.
struct LabelledQuery {
  std::vector<RankedKey> vector;
  std::vector<RankedKey> words;
  double words_bound = 0.0;                         ///< as Rankings
  bool words_cut = false;                           ///< the same
  std::unordered_map<std::uint64_t, double> gains;  ///< key → gain > 0; others have none
};

struct TuneOptions {
  std::size_t k = 10;
  double held_out = 0.3;  ///< share of the queries that no setting is chosen by
  std::uint64_t seed = 1;
};

struct TuneResult {
  FusionOptions best;
  double tuned_on = 0.0;  ///< mean nDCG@k of the best on the queries it was chosen by
  // On the queries held out:
  double best_ndcg = 0.0;
  double default_ndcg = 0.0;  ///< of FusionOptions{}
  double vector_ndcg = 0.0;
  double words_ndcg = 0.0;
  double best_mrr = 0.0;  ///< mean reciprocal rank within the first k
  double default_mrr = 0.0;
  double vector_mrr = 0.0;
  double words_mrr = 0.0;
  std::size_t tuning_queries = 0;
  std::size_t held_out_queries = 0;
};

/// Tries the three methods with 21 weights, reciprocal rank with six constants; of equals the one
/// nearest to its method's usual weight wins, bounded scores first. Errors: bad_input without at
/// least two labelled queries.
TuneResult tune(std::span<const LabelledQuery> queries, const TuneOptions& options = {});

}  // namespace kindred::search
