// Pairs of words that people judged, as a test of word vectors. Tested by word_pairs_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "static_vectors/word_space.h"

namespace kindred::static_vectors {

struct WordPair {
  std::string first, second;
  double judgement = 0.0;
};

/// A file as wordsim353.tsv and simlex999.txt of gensim's test data: two words and a number with
/// tabs between them; lines that begin with # are comments.
struct WordPairs {
  std::vector<WordPair> pairs;
  std::size_t refused = 0;  ///< other lines

  /// Errors: not_found; bad_input for a file without a pair.
  static WordPairs read(const std::string& path);
};

/// As gensim's evaluate_word_pairs.
struct PairOptions {
  std::size_t restrict = 300'000;  ///< the first so many words are known; 0: all
  bool ignore_case = true;
  bool unknown_is_zero = false;  ///< else pairs with an unknown word are left out
};

struct PairResult {
  double spearman = 0.0;  ///< NaN where nothing varies
  double pearson = 0.0;
  std::size_t pairs = 0;    ///< that were compared
  std::size_t unknown = 0;  ///< with a word that is unknown
};

PairResult evaluate_pairs(const WordSpace& space, const WordPairs& pairs,
                          const PairOptions& options);

}  // namespace kindred::static_vectors
