// Dropout whose masks follow from a seed, so that a forward pass can be run a second time. Tested
// by dropout_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace kindred::torch {

/// Which masks a pass draws. The same seed and place give the same mask of a tensor's shape.
struct Dropout {
  double probability = 0.0;  ///< 0: none
  std::uint64_t seed = 0;

  /// `x` with values zeroed and the rest scaled by 1 / (1 - probability). `place`: a number of its
  /// own for every call of a pass.
  at::Tensor apply(const at::Tensor& x, std::uint64_t place) const;
};

}  // namespace kindred::torch
