// Words with a vector each, as every reader gives them, every writer takes them and training makes
// them. Tested by static_model_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "static_vectors/row_table.h"
#include "static_vectors/subwords.h"
#include "static_vectors/vocabulary.h"

namespace kindred::static_vectors {

/// What a model was trained with, as far as its file says; what fastText's files ask for.
struct TrainingFacts {
  enum class Architecture { skip_gram, cbow, supervised };
  enum class Loss { negative_sampling, hierarchical_softmax, softmax, one_against_all };
  Architecture architecture = Architecture::skip_gram;
  Loss loss = Loss::negative_sampling;
  std::uint32_t window = 5;
  std::uint32_t epochs = 5;
  std::uint32_t min_count = 1;
  std::uint32_t negatives = 5;
  std::uint32_t word_ngrams = 1;  ///< supervised
  std::uint32_t rate_updates = 100;
  double subsample = 1e-4;
  std::uint64_t tokens = 0;  ///< of the corpus
};

/// Threads: immutable once made; every const method may run concurrently.
struct StaticModel {
  std::string origin;     ///< the path, for messages
  std::string format;     ///< "word2vec binary", "fastText", … for people
  Vocabulary vocabulary;  ///< counts are 0 where the file has none
  /// [words + buckets of n-grams, d]: the row of word i is i, of bucket b words + b.
  std::shared_ptr<const RowTable> input;
  std::optional<SubwordRules> subwords;
  /// A pruned fastText model keeps some buckets only: bucket -> row behind the words, sorted by the
  /// first. Unset: all are kept.
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> kept_buckets;
  /// [words or labels or inner nodes, d]; null where the file has no such matrix.
  std::shared_ptr<const RowTable> output;
  /// A supervised fastText model's classes, with their counts.
  Vocabulary labels;
  std::optional<TrainingFacts> facts;

  std::size_t dimensions() const noexcept { return input->columns(); }
  std::size_t size() const noexcept { return vocabulary.size(); }

  /// Appends the rows of `input` that make the word's vector by their mean: its own and those of
  /// its n-grams. Nothing for a word that is unknown where there are no n-grams.
  void append_rows(std::string_view word, std::vector<std::uint32_t>& rows) const;
  /// The row behind the words that a bucket of n-grams has; nothing for one that is not kept.
  std::optional<std::uint32_t> bucket_row(std::uint32_t bucket) const;
  /// `out` (d values) becomes the word's vector, as fastText and gensim give it. False, with zeros,
  /// where nothing of the word is known.
  bool vector_of(std::string_view word, float* out) const;
  /// The same of a word of the vocabulary, by its id.
  void vector_of(std::uint32_t id, float* out) const;
};

}  // namespace kindred::static_vectors
