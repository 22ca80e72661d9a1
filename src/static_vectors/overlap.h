// How alike the neighbourhoods of two sets of word vectors are. Tested by overlap_test.cc.
#pragma once

#include <cstddef>

#include "static_vectors/word_space.h"

namespace kindred::static_vectors {

struct OverlapOptions {
  std::size_t k = 10;
  std::size_t words = 1000;        ///< that are asked, the first ones common to both; 0: all
  std::size_t restrict = 300'000;  ///< of the first file's words, that may be common; 0: all
};

struct OverlapResult {
  std::size_t common = 0;  ///< words of both, among which neighbours are sought
  std::size_t words = 0;   ///< that were asked
  std::size_t k = 0;
  double overlap = 0.0;  ///< mean |A ∩ B| / k of the k nearest in one and the other
  double jaccard = 0.0;  ///< mean |A ∩ B| / |A ∪ B|
};

/// Neighbours are words that both have, by cosine. Errors: bad_input where fewer than two words are
/// common.
OverlapResult neighbour_overlap(const WordSpace& a, const WordSpace& b,
                                const OverlapOptions& options, ThreadPool& pool);

}  // namespace kindred::static_vectors
