// Clusters as a report: their table and their map. Tested by cluster_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/thread_pool.h"
#include "eval/report.h"
#include "tasks/cluster.h"

namespace kindred::tasks {

/// A map of the vectors in two dimensions by UMAP, coloured by cluster; of more than `most_points`
/// rows, so many drawn by the seed.
eval::Map cluster_map(const float* vectors, std::size_t rows, std::size_t dimensions,
                      std::span<const std::string> texts, const Clustering& clustering,
                      const ClusterOptions& options, std::size_t most_points, ThreadPool& pool);

/// The table "clusters", a row each with its size, and the map.
eval::Report cluster_report(const std::string& title, const Clustering& clustering, eval::Map map);

/// "3: shoe, running, road", "3" without a name, "noise".
std::string label_of(const Clustering& clustering, std::int32_t cluster);

}  // namespace kindred::tasks
