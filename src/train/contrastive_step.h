// The gradient of a batch's loss, however many texts it has: vectors first, then their gradients,
// then the encoder's, a chunk at a time (GradCache: Gao et al., 2021, arXiv 2101.06983). Tested by
// contrastive_step_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "recipe/batch.h"
#include "torch/transformer.h"
#include "train/loss.h"
#include "train/processes.h"
#include "train/trained_encoder.h"

namespace kindred::train {

struct StepOptions {
  /// Tokens that go through the encoder with a graph at once: memory is in proportion to it.
  std::size_t chunk_tokens = 4096;
  torch::PassOptions pass;  ///< the seed of dropout changes from step to step
};

struct StepReport {
  double loss = 0.0;
  std::uint64_t tokens = 0;     ///< of all processes
  std::uint64_t texts = 0;      ///< of all processes
  std::uint64_t truncated = 0;  ///< texts that lost tokens
  std::size_t chunks = 0;       ///< of this process
  /// Tokens of this process that were encoded twice, for lack of room for their graph.
  std::uint64_t repeated_tokens = 0;
};

/// Leaves in the parameters of encoder and loss the sum over all processes of the gradient of the
/// batch's loss; the batch is the same in all of them. Every text goes through the encoder of one
/// process. The gradient is that of one process and one chunk up to rounding, where nothing is
/// dropped out; a chunk's dropout masks are the same in its two passes.
StepReport accumulate_gradient(TrainedEncoder& encoder, const Loss& loss,
                               const recipe::Batch& batch, const StepOptions& options,
                               Processes& processes, ThreadPool& pool,
                               const OtherVectors& other = {});

}  // namespace kindred::train
