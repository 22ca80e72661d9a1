// Analogies as a test of word vectors: a is to b as c is to what? Tested by analogies_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "static_vectors/word_space.h"

namespace kindred::static_vectors {

struct AnalogySection {
  std::string name;
  std::vector<std::array<std::string, 4>> questions;  ///< a, b, c and the answer
};

/// A file as word2vec's questions-words.txt: ": name" begins a section, every other line is a
/// question of four words.
struct AnalogyQuestions {
  std::vector<AnalogySection> sections;
  std::size_t refused = 0;  ///< lines that are not four words

  /// Errors: not_found; bad_input for a file without sections.
  static AnalogyQuestions read(const std::string& path);
};

/// As gensim's evaluate_word_analogies.
struct AnalogyOptions {
  std::size_t restrict = 300'000;  ///< the first so many words are known and searched; 0: all
  bool ignore_case = true;
  bool unknown_is_wrong = false;  ///< else questions with an unknown word are left out
  bool multiply = false;          ///< 3CosMul instead of 3CosAdd
};

struct AnalogyScore {
  std::string name;
  std::size_t correct = 0;
  std::size_t asked = 0;
  std::size_t unknown = 0;  ///< questions with an unknown word
  double accuracy() const {
    return asked == 0 ? 0.0 : static_cast<double>(correct) / static_cast<double>(asked);
  }
  void add(const AnalogyScore& other);
};

struct AnalogyResult {
  std::vector<AnalogyScore> sections;
  AnalogyScore semantic, syntactic;  ///< the second: sections whose names begin with "gram"
  AnalogyScore total;
};

/// The answer is the word of the highest score among the five best that are not the question's own
/// words, which words that differ from those by case alone are not either (gensim's rule).
///
/// Every question is a sum (or product) of cosines with three words, so that the cosines of all
/// distinct words of the questions with a block of the vocabulary are one matrix product, and each
/// question adds three of its rows.
AnalogyResult evaluate_analogies(const WordSpace& space, const AnalogyQuestions& questions,
                                 const AnalogyOptions& options, ThreadPool& pool);

}  // namespace kindred::static_vectors
