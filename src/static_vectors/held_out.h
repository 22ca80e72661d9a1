// The loss of negative sampling on text that a model was not trained on, by one evaluator for the
// vectors of any program. Tested by held_out_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "static_vectors/static_model.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {

struct HeldOutOptions {
  TrainingFacts::Architecture architecture = TrainingFacts::Architecture::skip_gram;
  std::size_t window = 5;
  std::size_t negatives = 5;
  double power = 0.75;  ///< of the counts, in the noise
  std::uint64_t seed = 1;
  WordMode words = WordMode::spaces;
  bool lower = false;
  void validate() const;  ///< Errors: bad_input
};

/// Text as ids of the words that every model to be compared has, so that all are asked the same:
/// each model's loss is over the same pairs and the same noise.
class HeldOutText {
 public:
  /// `models`: not empty. The noise's counts are `counts`', or, where that is null, those of the
  /// first model that has counts, or else those of the text itself. Words without a count are
  /// unknown. Lines are sentences; one of more than 1000 known words is cut. Errors: not_found;
  /// bad_input where fewer than two words are known.
  static HeldOutText read(const std::string& path, const std::vector<const StaticModel*>& models,
                          const Vocabulary* counts, const HeldOutOptions& options);

  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  std::size_t tokens() const noexcept { return ids_.size(); }  ///< known ones
  std::uint64_t unknown() const noexcept { return unknown_; }  ///< words that were passed over
  std::size_t sentences() const noexcept { return offsets_.size() - 1; }

 private:
  friend class HeldOutEvaluator;
  void read_lines(const std::string& path, const HeldOutOptions& options);
  void count_words();

  Vocabulary vocabulary_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::size_t> offsets_{0};
  std::uint64_t unknown_ = 0;
};

struct HeldOutResult {
  std::uint64_t pairs = 0;  ///< skip-gram: pairs; CBOW: positions
  double loss = 0.0;        ///< the mean of a pair, in nats
  double standard_error = 0.0;
};

/// The mean over all pairs of
///   -ln σ(u(target) · h) - Σ ln σ(-u(noise) · h)
/// with `negatives` words of noise drawn by count^power, none of them the target, u a row of the
/// output matrix, and h
///   skip-gram: the input vector of each word, its targets the words at most `window` places away;
///   CBOW: the mean of the input rows of those words, the target the word in the middle.
/// The window is not shrunk by chance and nothing is sub-sampled; unknown words are taken out
/// first. Rows of n-grams are part of the input as fastText has them. Sums are in double; the noise
/// of a sentence depends on the seed and its number alone, so that the result does not depend on
/// the threads. The standard error takes sentences as independent, not pairs.
///
/// `output`: rows of targets, words by `output_words`; the model's own where it is null.
/// Errors: bad_input where the model has no output matrix of words (negative sampling).
HeldOutResult held_out_loss(const HeldOutText& text, const StaticModel& model,
                            const StaticModel* output, const HeldOutOptions& options,
                            ThreadPool& pool);

}  // namespace kindred::static_vectors
