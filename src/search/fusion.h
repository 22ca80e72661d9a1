// One ranking of two. Tested by fusion_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kindred::search {

struct RankedKey {
  std::uint64_t key;
  double score;
};

enum class FusionMethod : std::uint8_t {
  /// Σ weight / (rank_constant + rank), ranks from 1 (Cormack, Clarke and Büttcher, "Reciprocal
  /// rank fusion outperforms Condorcet and individual rank learning methods", 2009). Needs no
  /// scores that can be compared.
  reciprocal_rank,
  /// Σ weight × (score − least) / (best − least), of the scores in each list. Keeps how far apart
  /// scores are.
  weighted_scores,
  /// The same, but of the words (score − least) / bound, where the bound is what an item with every
  /// word of the query could score (normalised by what is possible in theory: Bruch, Gai and
  /// Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023), and the least is 0
  /// unless the
  /// list was cut off. Words that say much decide, however weak the vectors are in the query's
  /// language; where items have few of the query's words, as of a query in another language than
  /// theirs, the vectors do.
  bounded_scores,
};
std::string_view to_string(FusionMethod method) noexcept;

struct FusionOptions {
  FusionMethod method = FusionMethod::bounded_scores;
  double vector_weight = 0.1;  ///< the words have the rest
  double rank_constant = 60.0;

  bool operator==(const FusionOptions&) const = default;
  void validate() const;  ///< Errors: bad_input
  /// With the weight that is usual for a method: 0.1 of bounded scores, 0.5 of the others.
  static FusionOptions of(FusionMethod method) noexcept;
};

struct FusedKey {
  std::uint64_t key;
  double score;
  double vector_part;  ///< of the score
  double words_part;
};

/// What two searches found, best first, each key once a list.
struct Rankings {
  std::span<const RankedKey> vector;
  std::span<const RankedKey> words;
  // For bounded scores:
  double words_bound = 0.0;  ///< WordsResult::bound
  bool words_cut = false;    ///< there may be more items with words than those in the list
};

/// What a list lacks has nothing from it. Best first, ties by the lower key.
std::vector<FusedKey> fuse(const Rankings& rankings, const FusionOptions& options);

}  // namespace kindred::search
