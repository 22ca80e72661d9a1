// Codebooks for product quantisation, found by k-means. Tested by product_quantizer_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/thread_pool.h"
#include "static_vectors/product_table.h"

namespace kindred::static_vectors {

struct ProductOptions {
  std::size_t part = 2;  ///< dimensions a code stands for; a byte each, so 16 times smaller
  /// Lengths apart from directions, a byte a row more: words' lengths differ much, and with them
  /// what a centroid may be off.
  bool norms = true;
  std::uint64_t seed = 0;
  /// Called with the parts done and all; may throw.
  std::function<void(std::size_t done, std::size_t total)> progress = {};
};

/// Lloyd's algorithm, 15 rounds from 256 rows drawn at random, on at most 32,768 rows, each part
/// for itself; a centroid that no row is nearest to takes half of the largest cluster. A table of
/// fewer than 256 rows has its rows for centroids. The same for the same table and seed, whatever
/// the threads. Errors: bad_input for values that are not finite, or a part that is wider than the
/// vectors.
ProductTable quantize_product(const RowTable& table, const ProductOptions& options,
                              ThreadPool& pool);

}  // namespace kindred::static_vectors
