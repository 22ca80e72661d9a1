// Rows of a source, checked and made ready for a metric. Tested by segment_test.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "index/segment.h"

namespace kindred::index {

/// Reads rows [begin, begin + count); for the cosine they are normalised (unless they are already,
/// to within rounding, or are zero). Errors: bad_input for a value that is not finite or does not
/// fit the stored type, naming the row.
void read_prepared(const VectorSource& source, std::size_t begin, std::size_t count,
                   const BuildOptions& options, float* out);

/// One row in eight, without a pattern, on which no centroid is trained where there are enough, so
/// that a segment can be tried with vectors that it was not fitted to.
bool is_held_out(std::size_t row) noexcept;

/// About `wanted` rows from all over the source in random order, prepared; all when there are no
/// more. Without those held out when `hold_out`. The same for a seed.
std::vector<float> sample_rows(const VectorSource& source, std::size_t wanted, bool hold_out,
                               const BuildOptions& options, ThreadPool& pool);

}  // namespace kindred::index
