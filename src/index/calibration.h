// How an ivf segment must be searched for each recall, measured on its own vectors. Tested by
// ivf_segment_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "index/ivf_segment.h"

namespace kindred::index {

/// A filter that leaves more is as good as none.
inline constexpr double kLargestSelectivity = 0.8;

/// Searches for vectors of the segment (which are then not counted as their own neighbours), half
/// of them moved by half the difference of two others of one list, and compares with exact search,
/// for several shares of rows that a filter leaves. For each recall the table holds the cheapest
/// setting with which all together, and those that were not moved, reached it with a standard error
/// to spare. The vectors are of
/// rows `from` (of all when it is empty): those that the centroids were not fitted to are what
/// fresh queries are. The same for a seed. Empty for too few rows.
std::vector<TuningTable> calibrate(const IvfSegment& segment, std::span<const std::uint32_t> from,
                                   std::uint64_t seed, ThreadPool& pool,
                                   const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace kindred::index
