// The nearest passages to some vectors. Tested by passage_search_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "io/scratch_directory.h"
#include "kindred/index.h"

namespace kindred::recipe {

struct NearPassage {
  std::uint32_t row = 0;
  float cosine = 0.0F;
};

/// Vectors of one length each, searched by the cosine: few of them in memory and exactly, many by
/// an index of ours in a directory for temporary files.
///
/// Threads: one at a time while it is filled, any afterwards.
class PassageSearch {
 public:
  /// `rows` vectors will come; more than `most_exact` of them go into an index. Errors: bad_input
  /// for a dimension of 0 (or one that the index does not take).
  PassageSearch(std::size_t rows, std::size_t dimension, std::size_t most_exact, int threads);

  /// The next rows, row-major, of any length. Errors: bad_input for values that are not finite.
  void add(std::span<const float> vectors);

  std::size_t dimension() const noexcept { return dimension_; }
  bool exact() const noexcept { return !index_; }
  /// For each query the `k` nearest rows, best first, ties by the lower row; the index finds 98 of
  /// 100 of them.
  std::vector<std::vector<NearPassage>> search(std::span<const float> queries, std::size_t k,
                                               ThreadPool& pool) const;
  /// The cosine of a vector with a row (the index's vectors are rounded to 16 bits).
  float cosine(std::span<const float> vector, std::uint32_t row) const;

 private:
  std::size_t dimension_;
  std::size_t rows_ = 0;
  std::vector<float> vectors_;  // where it is exact
  std::unique_ptr<io::ScratchDirectory> directory_;
  std::optional<Index> index_;
};

/// Each row to length 1, zeros stay. Errors: bad_input for values that are not finite.
void make_unit_rows(std::span<float> vectors, std::size_t dimension);

}  // namespace kindred::recipe
