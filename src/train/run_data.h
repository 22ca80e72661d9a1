// The data of a run: batches, negatives that are chosen anew, and the dev set. Tested by
// trainer_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "recipe/batches.h"
#include "recipe/negatives.h"
#include "recipe/preflight.h"
#include "recipe/training_set.h"
#include "train/dev_set.h"
#include "train/processes.h"
#include "train/trained_encoder.h"

namespace kindred::train {

/// Every process has the same, and makes the same batches.
///
/// Threads: one at a time.
class RunData {
 public:
  /// Reads the recipe's data with the prompts of `encoder`. `quiet`: without progress. Errors:
  /// those of TrainingSet and Negatives. The recipe must outlive it.
  RunData(const recipe::Recipe& recipe, const TrainedEncoder& encoder, bool quiet);

  const recipe::TrainingSet& set() const { return set_; }
  const DevSet& dev() const { return dev_; }
  const recipe::BatchMaker& batches() const { return batches_; }

  /// The next batch. `progress`: how much of the run is over, 0 to 1. Single texts that SimCSE
  /// learns from come with themselves as passages.
  recipe::Batch next(double progress);

  /// Whether negatives are mined, and are due before the step behind `steps`.
  bool due(std::uint64_t steps) const;
  /// Mines by the model as it is. Called by all processes: they share the encoding.
  recipe::MiningReport mine(const TrainedEncoder& encoder, const torch::PassOptions& pass,
                            Processes& processes, ThreadPool& pool);

  /// What is likely to go wrong, before the first step.
  std::vector<recipe::Finding> preflight(const TrainedEncoder& encoder) const;

  /// Batches and candidates of negatives, for a checkpoint.
  std::string state() const;
  void restore(const std::string& state);

 private:
  recipe::TrainingSet read(const std::vector<recipe::DataRecipe>& data,
                           const TrainedEncoder& encoder, const char* label,
                           const std::function<bool(std::uint64_t)>& keeps) const;
  void read_dev(const TrainedEncoder& encoder);
  bool is_simcse(const std::string& task) const;

  const recipe::Recipe& recipe_;
  bool quiet_;
  std::vector<std::uint8_t> held_out_;  // by example; empty: none
  recipe::TrainingSet set_;
  recipe::BatchMaker batches_;
  std::unique_ptr<recipe::Negatives> negatives_;
  DevSet dev_;
};

}  // namespace kindred::train
