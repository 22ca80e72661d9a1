// A training run as the command line asks for it, and what it gives: without LibTorch, so that any
// program can ask.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "recipe/recipe.h"

namespace kindred::recipe {

struct TrainingJob {
  Recipe recipe;
  /// The run's directory: recipe.toml, log.jsonl, TensorBoard's events, checkpoints/, and at the
  /// end model/. A run that is there is gone on with, where its recipe is the same.
  std::string output;
  std::string device = "cpu";      ///< cpu, cuda or cuda:N
  bool several_processes = false;  ///< those that mpirun started
  bool force = false;              ///< train where the preflight found what makes it worthless
  bool quiet = false;
  std::function<bool()> stop;  ///< asked after every step; may be empty
};

/// Values of the dev set by metric.
using Metrics = std::map<std::string, double>;

struct TrainingResult {
  std::uint64_t steps = 0;         ///< of the whole run
  std::uint64_t pairs = 0;         ///< anchors trained on in this call
  std::uint64_t tokens = 0;        ///< in this call
  double seconds = 0.0;            ///< spent in steps in this call
  double loss = 0.0;               ///< mean of the last steps
  Metrics before, after;           ///< of the dev set; empty without one
  std::uint64_t peak_bytes = 0;    ///< memory of this process
  std::string model;               ///< the directory written; empty where the run was stopped
  bool stopped = false;            ///< asked to; the checkpoint is there
  std::vector<std::string> notes;  ///< what a person should know
  bool reports = true;             ///< false in processes that have nothing to say
};

}  // namespace kindred::recipe
