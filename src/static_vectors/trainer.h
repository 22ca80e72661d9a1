// Training over a whole corpus: threads, epochs, checkpoints. Tested by train_test.cc.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kindred/static_vectors.h"
#include "static_vectors/alias_table.h"
#include "static_vectors/batch_trainer.h"
#include "static_vectors/encoded_corpus.h"
#include "static_vectors/huffman.h"
#include "static_vectors/parameters.h"
#include "static_vectors/static_model.h"
#include "static_vectors/training_state.h"

namespace kindred::static_vectors {

/// The matrices and what their training needs, over one corpus. Chunks of the corpus are numbered
/// over all epochs; a chunk's random numbers and its learning rate follow from its number, so that
/// one thread computes the same wherever it was stopped.
///
/// Threads: one at a time.
class Trainer {
 public:
  /// `checkpoint`: the file to go on from and to save to; `key` says what work it is of. Errors:
  /// exhausted; corrupt.
  Trainer(const EncodedCorpus& corpus, const WordTrainingOptions& options, int threads,
          std::string checkpoint, std::string key);

  /// False when `progress` stopped it, after saving. Errors: those of saving.
  bool run(const std::function<bool(const WordTrainingProgress&)>& progress);

  /// Writes the checkpoint. `run` does so when it is stopped, not when it ends.
  void save() const;

  /// Loss a pair of each epoch.
  std::vector<double> losses() const;
  std::uint64_t words_done() const;
  /// The vectors, which stay in the trainer's matrices.
  StaticModel model() const;

 private:
  struct Round;

  void set_up(int threads);
  void work(Round& round, BatchTrainer& trainer);
  bool run_round(const std::function<bool(const WordTrainingProgress&)>& progress);
  float rate_of(std::uint64_t chunk) const;
  WordTrainingProgress progress_now() const;
  std::uint64_t all_chunks() const { return corpus_.chunks().size() * options_.epochs; }

  const EncodedCorpus& corpus_;
  const WordTrainingOptions options_;
  const std::string checkpoint_;
  const std::string key_;
  Random random_;
  WordRows rows_;
  std::vector<std::uint32_t> keep_;
  std::optional<AliasTable> noise_;
  std::optional<HuffmanTree> tree_;
  std::shared_ptr<Parameters> input_, output_;
  TrainingSetup setup_;
  std::vector<std::unique_ptr<BatchTrainer>> workers_;
  mutable std::mutex mutex_;  // of the state
  TrainingState state_;
};

}  // namespace kindred::static_vectors
