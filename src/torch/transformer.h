// A TransformerSpec on LibTorch, with gradients. Tested by transformer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

#include "model/executor.h"
#include "torch/dropout.h"
#include "torch/packed_batch.h"
#include "torch/weights.h"

namespace kindred::torch {

/// How one pass is run.
struct PassOptions {
  bool bf16 = false;       ///< matrix products in bfloat16; norms, sums and softmax in float32
  bool recompute = false;  ///< keep no activations inside a layer
  /// Of the embeddings and of what a layer's attention and feed-forward add; not of attention's
  /// probabilities.
  Dropout dropout;
};

/// Threads: passes may run concurrently, backward passes one at a time.
class Transformer {
 public:
  Transformer(model::TransformerSpec spec, Weights weights);

  const model::TransformerSpec& spec() const { return spec_; }
  Weights& weights() { return weights_; }
  const Weights& weights() const { return weights_; }

  /// Hidden states of options.layers, T × hidden each, rows in the order of the batch (see
  /// PackedBatch::row_of_token). The batch must live as long as the graph. Lengths, ids and options
  /// are those that model::check_forward accepts.
  std::vector<at::Tensor> forward(const PackedBatch& batch, const model::ForwardOptions& options,
                                  const PassOptions& pass) const;

 private:
  friend class Pass;
  model::TransformerSpec spec_;
  Weights weights_;
};

}  // namespace kindred::torch
