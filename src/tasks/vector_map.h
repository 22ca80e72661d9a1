// Documents and queries of a dataset in two dimensions. Tested by vector_map_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "eval/dataset.h"
#include "eval/report.h"
#include "tasks/retrieval.h"

namespace kindred::tasks {

struct VectorMapOptions {
  std::size_t points = 2000;  ///< at most: four in five documents, the rest queries
  std::uint64_t seed = 1;
};

/// A map by UMAP of rows drawn by the seed, coloured by language where documents have more than
/// one, else by what is a query and what a document.
eval::Map vector_map(const eval::Dataset& dataset, const VectorRetrieval& retrieval,
                     const std::string& title, const VectorMapOptions& options, ThreadPool& pool);

}  // namespace kindred::tasks
