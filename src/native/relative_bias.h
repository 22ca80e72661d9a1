// MPNet's bias of attention scores by the distance of query and key. Tested by
// relative_bias_test.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "io/tensor.h"

namespace kindred::native {

/// Rows of 2 · span - 1 biases, a head each: entry span - 1 + d is for distance d.
/// `table`: [buckets, heads].
std::vector<float> expand_relative_bias(const io::TensorView& table, std::size_t max_distance,
                                        std::size_t span);

}  // namespace kindred::native
