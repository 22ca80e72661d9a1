// Building an ivf segment. Tested by segment_test.cc and ivf_segment_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/planner.h"
#include "index/segment.h"

namespace kindred::index {

/// As build_segment. Vectors pass by in blocks: a sample of them trains the centroids; all are
/// assigned to lists and written, as they will be stored, into partitions of neighbouring lists;
/// each partition is brought into list order, encoded and appended to the segment's files; and
/// recall is measured for the calibration. Takes the disk space of the vectors twice.
///
/// A stopped build leaves the centroids and the partitions' bytes so far, which the next one with
/// the same source and options goes on from.
std::vector<std::uint32_t> build_ivf(const VectorSource& source, const BuildOptions& options,
                                     const Plan& plan, const std::string& directory,
                                     ThreadPool& pool);

/// True for the names of files that a stopped build leaves.
bool is_build_file(std::string_view name) noexcept;

}  // namespace kindred::index
