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
  /// rank
  /// fusion outperforms Condorcet and individual rank learning methods", 2009). Needs no scores
  /// that
  /// can be compared.
  reciprocal_rank,
  /// Σ weight × (score − least) / (best − least), of the scores in each list. Keeps how far apart
  /// scores are.
  weighted_scores,
};
std::string_view to_string(FusionMethod method) noexcept;

struct FusionOptions {
  FusionMethod method = FusionMethod::reciprocal_rank;
  double vector_weight = 0.5;  ///< the words have the rest
  double rank_constant = 60.0;

  bool operator==(const FusionOptions&) const = default;
  void validate() const;  ///< Errors: bad_input
};

struct FusedKey {
  std::uint64_t key;
  double score;
  double vector_part;  ///< of the score
  double words_part;
};

/// Both lists best first, each key once a list. What a list lacks has nothing from it. Best first,
/// ties by the lower key.
std::vector<FusedKey> fuse(std::span<const RankedKey> vector, std::span<const RankedKey> words,
                           const FusionOptions& options);

}  // namespace kindred::search
