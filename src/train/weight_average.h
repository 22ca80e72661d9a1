// Weights that are means of a run's: exponentially while it runs, or of its last checkpoints.
// Tested by weight_average_test.cc.
#pragma once

#include <string>
#include <vector>

#include "train/checkpoint.h"

namespace kindred::train {

/// shadow ← decay · shadow + (1 - decay) · weights, after every step.
///
/// Threads: one at a time.
class MovingAverage {
 public:
  /// Starts at the weights. `decay` 0: there is none.
  MovingAverage(const NamedTensors& weights, double decay);

  bool active() const { return !shadow_.empty(); }
  void update(const NamedTensors& weights);
  /// Gives the weights the means.
  void apply(const NamedTensors& weights) const;
  /// To be saved: the names with "ema." before them.
  const NamedTensors& state() const { return shadow_; }

 private:
  double decay_;
  NamedTensors shadow_;
};

/// The mean of the weights in checkpoints, or, with `slerp`, the mean on the sphere, tensor by
/// tensor, one checkpoint after another (Shoemake, 1985; used to merge the checkpoints of
/// Qwen3-Embedding, arXiv 2506.05176). Errors: as load_model_tensors.
void average_checkpoints(const std::vector<std::string>& paths, bool slerp,
                         const NamedTensors& weights);

/// The point at share `t` of the way from a to b on the sphere between them; on the line where they
/// point the same way.
at::Tensor spherical(const at::Tensor& a, const at::Tensor& b, double t);

}  // namespace kindred::train
