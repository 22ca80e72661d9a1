// All that a run needs to go on as if nothing had happened. Tested by trainer_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "train/processes.h"

namespace kindred::train {

// DIR/step-00000120/ has model.safetensors (what is trained), optimizer-R.safetensors of each
// process R that keeps moments, and state.json, which is written last. A checkpoint appears whole.

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct Checkpoint {
  std::uint64_t step = 0;
  std::string state;  ///< JSON of the trainer's own
};

/// Writes the checkpoint of a step and removes all but the last `keep`. `optimizer` is this
/// process's; where all processes keep the same moments the first one's are written. Called by all
/// processes.
void save_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                     const NamedTensors& model, const NamedTensors& optimizer, bool sharded,
                     std::size_t keep, Processes& processes);

/// The paths of all whole checkpoints, the last step's last.
std::vector<std::string> all_checkpoints(const std::string& directory);

/// Reads step and state, and copies the saved tensors into those of the same names. Errors: corrupt
/// for a tensor that is missing or of another shape.
Checkpoint load_checkpoint(const std::string& path, const NamedTensors& model,
                           const NamedTensors& optimizer, bool sharded, Processes& processes);

/// A file of tensors by name, and a directory's model.safetensors back into the model.
void save_tensors(const std::string& path, const NamedTensors& tensors);
void load_model_tensors(const std::string& path, const NamedTensors& model);

}  // namespace kindred::train
