// The nearest vectors of a file to some queries, exactly. Tested by nearest_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::encode {

struct Neighbour {
  std::uint64_t row = 0;
  float cosine = 0.0F;
};

/// A matrix that is read in blocks: rows [begin, begin + count) to `out`.
struct VectorSource {
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  std::function<void(std::size_t begin, std::size_t count, float* out)> read;
};

/// For each of `queries` (rows of source.dimensions values), the `k` rows of the highest cosine,
/// best first; of equal ones the lower row. Every row is compared; a vector of zeros has cosine 0
/// with all. The source is read once, by the threads of `pool`.
std::vector<std::vector<Neighbour>> nearest(const VectorSource& source,
                                            std::span<const float> queries, std::size_t k,
                                            ThreadPool& pool);

/// a · b / (|a| |b|), 0 when one is zero.
float cosine(const float* a, const float* b, std::size_t dimensions);

}  // namespace kindred::encode
