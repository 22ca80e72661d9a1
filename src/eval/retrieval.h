// Measures of a run by judgements. Tested by retrieval_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/judgements.h"

namespace kindred::eval {

enum class Measure : std::uint8_t {
  ndcg,       ///< Σ gain / log2(1 + rank) over that of the best order of all judged
  recall,     ///< relevant among the first k / relevant
  precision,  ///< relevant among the first k / k
  map,        ///< mean over the relevant of the precision where each stands, 0 for those not found
  mrr,        ///< 1 / rank of the first relevant
  hit_rate,   ///< 1 where a relevant one is among the first k
  judged,     ///< judged documents among the first k / documents among the first k
};

/// A measure of the first `k` documents; 0: of all that the run has.
struct Metric {
  Measure measure;
  std::size_t k = 0;

  /// "ndcg@10", "map", "hit_rate@1". Errors: bad_input, listing the measures.
  static Metric parse(std::string_view text);
  std::string name() const;
  bool operator==(const Metric&) const = default;
};

/// recall@1, recall@10, ndcg@10, mrr@10, map@100, judged@10.
std::vector<Metric> default_metrics();

struct MeasureOptions {
  double relevant_from =
      1e-9;  ///< least grade that counts as relevant; gains are grades as they are
  /// trec_eval measures only the queries that are in both. Here, unless this is set, a judged query
  /// that the run lacks counts as 0: leaving out what a system could not answer flatters it.
  bool only_answered = false;
  /// A document whose id is the query's is taken out of what was found (not out of the judgements)
  /// before anything is counted, as BEIR's and MTEB's ignore_identical_ids do: for data whose
  /// queries are documents themselves (ArguAna, Quora), each of which finds itself first.
  bool ignore_identical_ids = false;
};

/// What a run scored, a query each.
struct Measured {
  std::string name;                  ///< the run's
  std::vector<std::string> queries;  ///< ascending
  std::vector<Metric> metrics;
  std::vector<std::vector<double>> values;  ///< [metric][query]
  std::size_t answered = 0;                 ///< of the queries, those that the run has

  double mean(std::size_t metric) const;             ///< 0 without queries
  std::size_t index_of(const Metric& metric) const;  ///< Errors: bad_input
};

/// Each query's values are those of trec_eval and pytrec_eval (ndcg and ndcg_cut with their linear
/// gain, recall, P, map and map_cut, which divide by all relevant documents and not by the smaller
/// of them and k, recip_rank, success); gains below 0 count as 0, and no gain depends on
/// `relevant_from`. Queries without a relevant document are left out, where trec_eval has 0 for
/// them; with `only_answered` the others are those that trec_eval has.
Measured measure(const Run& run, const Judgements& judgements, std::span<const Metric> metrics,
                 const MeasureOptions& options = {});

/// Discounted gain of the first `k` of a ranking, Σ gain / log2(1 + rank), over that of the best
/// order of all gains that were judged (in any order; those below 0 count as 0). 0 where none is
/// above 0.
double ndcg(std::span<const double> ranking, std::span<const double> judged, std::size_t k);

/// 1 / the place of the first gain above 0 among the first `k`; 0 without one.
double reciprocal_rank(std::span<const double> ranking, std::size_t k);

/// What an approximate search found of what an exact one finds: the share of `exact` that `found`
/// has too, both ascending. 1 where there is nothing to find.
double recall_of_exact(std::span<const std::uint64_t> found, std::span<const std::uint64_t> exact);

}  // namespace kindred::eval
