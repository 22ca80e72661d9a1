// A tensor that is trained, and how. Made by TrainedEncoder, used by Optimizer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>

namespace kindred::train {

enum class Part {
  body,  ///< the transformer's own weights
  head,  ///< what a recipe adds: projections, adapters, tokens, temperatures
};

struct Parameter {
  std::string name;  ///< the same in every run of a recipe
  at::Tensor value;  ///< a leaf; its gradient is value.grad()
  Part part = Part::body;
  std::size_t layer = 0;       ///< 0 before the layers, depth + 1 behind: rates may fall towards 0
  bool decays = true;          ///< false for biases and norms
  double weight_decay = -1.0;  ///< its own, or negative: the optimiser's
};

}  // namespace kindred::train
