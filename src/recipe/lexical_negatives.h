// Negatives that have the anchor's words. Tested by negatives_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "io/scratch_directory.h"
#include "recipe/training_set.h"
#include "search/lexical_index.h"

namespace kindred::recipe {

/// The passages in an index of words beside the temporary files, ranked by BM25 as the shop's
/// search ranks.
///
/// Threads: any, after it is made.
class LexicalNegatives {
 public:
  /// The set must outlive it. Errors: those of LexicalIndex.
  LexicalNegatives(const TrainingSet& set, std::size_t rank_from, std::size_t rank_to);

  /// The passages from rank_from to rank_to among those that do not match the example's anchor,
  /// best first; fewer where fewer have any of its words.
  std::vector<TextId> candidates(std::size_t example) const;

 private:
  const TrainingSet& set_;
  std::size_t rank_from_, rank_to_;
  io::ScratchDirectory directory_;
  std::unique_ptr<search::LexicalIndex> index_;
};

}  // namespace kindred::recipe
