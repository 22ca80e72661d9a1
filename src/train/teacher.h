// A model whose vectors another one learns. Tested by trainer_test.cc.
#pragma once

#include <string>

#include "kindred/encoder.h"
#include "recipe/batch.h"
#include "train/loss.h"
#include "train/processes.h"

namespace kindred::train {

/// Runs on the CPU by Kindred's own kernels, whatever the student runs on.
///
/// Threads: immutable.
class Teacher {
 public:
  /// Errors: as Encoder::open.
  explicit Teacher(const std::string& model);

  /// The vectors of a batch's texts behind the batch's prompts; the processes share the work.
  TextVectors vectors(const recipe::Batch& batch, Processes& processes) const;

 private:
  at::Tensor encode(const std::vector<recipe::BatchText>& texts, Processes& processes) const;
  Encoder encoder_;
};

}  // namespace kindred::train
