// Negatives that the model itself finds near. Tested by mined_negatives_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/thread_pool.h"
#include "recipe/passage_search.h"
#include "recipe/training_set.h"

namespace kindred::recipe {

/// Vectors of texts with one prompt before each, texts.size() × d, row-major, of the model as it is
/// now.
using VectorsOf = std::function<std::vector<float>(std::span<const std::string_view> texts,
                                                   const std::string& prompt)>;

struct MiningOptions {
  std::size_t rank_from = 1;  ///< among the passages that do not match, 1 the nearest
  std::size_t rank_to = 50;
  double margin =
      0.95;  ///< keep what scores less than this × the positive, or of a negative score s less than
             ///< s − |s| (1 − this); with several positives the least; 0: all
  std::size_t most_exact = 100'000;  ///< passages that are compared one by one
};

struct MiningReport {
  std::uint64_t anchors = 0;   ///< different ones
  std::uint64_t passages = 0;  ///< different ones
  bool exact = true;           ///< else by an index
  std::uint64_t examples = 0;  ///< with a positive
  std::uint64_t without = 0;   ///< of these, for which nothing was found
  std::uint64_t matches = 0;   ///< neighbours passed over: they match the anchor
  std::uint64_t too_near = 0;  ///< neighbours passed over: not below the margin
  double mean_candidates = 0.0;
  /// Staleness: which share of an example's candidates of the time before are candidates again, on
  /// average. 1 would be that mining again was for nothing. Unset the first time.
  std::optional<double> overlap = std::nullopt;
};

/// For each example the passages at some ranks around its anchor that do not match it
/// ("TopK-PercPos" of NV-Retriever, arXiv 2407.15831).
///
/// Memory: 8 bytes an example and 4 a candidate; while refreshing, the passages' vectors where
/// there are few, else an index beside the temporary files. Threads: one at a time.
class MinedNegatives {
 public:
  /// The set must outlive it. Errors: bad_input for ranks or a margin that make no sense.
  MinedNegatives(const TrainingSet& set, const MiningOptions& options);

  /// Embeds all passages and anchors and chooses anew. Where several processes train, one does it
  /// and gives its state() to the others. Errors: bad_input for vectors that are not finite, or not
  /// as many as texts; after an error the candidates are those of before.
  MiningReport refresh(const VectorsOf& vectors, ThreadPool& pool, Progress& progress);

  bool empty() const noexcept { return begins_.empty(); }
  /// Best first; none before the first refresh.
  std::span<const TextId> of(std::size_t example) const noexcept;

  /// The candidates as bytes, for a checkpoint: they are of weights that are gone.
  std::string state() const;
  /// Errors: corrupt for what is not a state of this set.
  void restore(std::string_view state);

 private:
  struct Anchors;
  PassageSearch embed_passages(const VectorsOf& vectors, ThreadPool& pool,
                               Progress& progress) const;
  std::vector<TextId> candidates(std::size_t example, std::span<const float> anchor,
                                 std::span<const NearPassage> near, const PassageSearch& search,
                                 MiningReport& report) const;
  void pack(std::vector<std::vector<TextId>> lists, MiningReport& report);

  const TrainingSet& set_;
  MiningOptions options_;
  std::vector<TextId> passages_;       // by row of the search
  std::vector<std::uint32_t> rows_;    // by text: its row, or none
  std::vector<std::uint64_t> begins_;  // by example
  std::vector<TextId> candidates_;
};

}  // namespace kindred::recipe
