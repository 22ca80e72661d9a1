// How vectors lie on the sphere. Tested by scores_test.cc.
#pragma once

#include <cstddef>
#include <span>

namespace kindred::eval {

// Wang and Isola, "Understanding Contrastive Representation Learning through Alignment and
// Uniformity on the Hypersphere", 2020, with α = 2 and t = 2. Rows (n × d, row-major) are taken to
// unit length; those of zeros stay. Less is better of both.

/// Mean squared distance of the rows of `x` and those of `y` that belong to them. 0 for n = 0.
/// Errors: internal for unequal lengths.
double alignment(std::span<const float> x, std::span<const float> y, std::size_t dimensions);

/// ln of the mean of e^(-2 ‖u − v‖²) over all pairs of rows: n² d / 2 operations, so thousands of
/// rows, not millions. 0 for fewer than two.
double uniformity(std::span<const float> x, std::size_t dimensions);

}  // namespace kindred::eval
