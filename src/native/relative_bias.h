// MPNet's bias of attention scores by the distance of query and key. Tested by
// relative_bias_test.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "io/tensor.h"

namespace kindred::native {

/// The bucket of distance key - query, as T5 and MPNet have it for both directions: half of the
/// buckets for each; in each half one a distance up to a quarter of all, then logarithmically up to
/// `max_distance`.
std::size_t relative_bucket(std::ptrdiff_t distance, std::size_t buckets, std::size_t max_distance);

/// Rows of 2 · span - 1 biases, a head each: entry span - 1 + d is for distance d.
/// `table`: [buckets, heads].
std::vector<float> expand_relative_bias(const io::TensorView& table, std::size_t max_distance,
                                        std::size_t span);

}  // namespace kindred::native
