// What a stopped build left behind. Internal; tested by segment_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/kmeans.h"
#include "index/planner.h"
#include "index/segment.h"

namespace kindred::index {

/// Numbers that decide what a build makes: another key, another build.
std::uint64_t build_key(const VectorSource& source, const BuildOptions& options, const Plan& plan);

/// Centroids and the mean of the sample.
struct TrainedCentroids {
  std::vector<float> mean;
  std::vector<float> centroids;
  std::vector<std::size_t> group_begin;
};
void save_centroids(const std::string& directory, std::uint64_t key,
                    const TrainedCentroids& trained);
/// Nothing when there is none of this key, or it is damaged or does not fit the plan.
std::optional<TrainedCentroids> load_centroids(const std::string& directory, std::uint64_t key,
                                               const Plan& plan, std::size_t dimension);

/// How far rows have been written into partitions. They are not synced: after a loss of power the
/// disk may have their lengths and not their bytes, which the checksums tell.
struct PartitionState {
  std::uint64_t rows = 0;
  std::vector<std::uint64_t> bytes;      ///< the partitions', then those of the rows' second lists
  std::vector<std::uint32_t> checksums;  ///< CRC-32C of those
};
void save_partition_state(const std::string& directory, std::uint64_t key,
                          const PartitionState& state);
std::optional<PartitionState> load_partition_state(const std::string& directory, std::uint64_t key,
                                                   const Plan& plan);

/// Names: "build-centroids", "build-rows", "build-part-000" and "build-spill-000" and on.
std::string partition_name(std::size_t partition);
std::string spill_name(std::size_t partition);
void remove_build_files(const std::string& directory);

}  // namespace kindred::index
