// The k nearest rows of a matrix by inner product, exactly. Tested by topk_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"

namespace kindred::kernels {

struct Neighbors {
  std::size_t queries = 0;
  std::size_t k = 0;                   ///< at most the rows of the matrix
  std::vector<std::uint32_t> indices;  ///< queries × k, nearest first
  std::vector<float> scores;           ///< queries × k
};

/// Multiplies every query with every row and keeps the k largest products of each, ties by the
/// lower index. Both matrices are row-major with `dimensions` columns; `rows` < 2³². A NaN product
/// is smaller than any other. A query's neighbours depend neither on the other queries nor on the
/// pool. Memory: a block of products a thread.
Neighbors top_k(const float* queries, std::size_t query_count, const float* matrix,
                std::size_t rows, std::size_t dimensions, std::size_t k, ThreadPool& pool,
                Isa isa = best_isa());

}  // namespace kindred::kernels
