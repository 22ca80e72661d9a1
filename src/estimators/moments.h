// Mean and covariance of vectors that are seen once. Tested by projection_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::estimators {

/// Sums in double precision, a block of rows after another: each block is centred by its own mean
/// and joined to those before it (Chan, Golub and LeVeque, 1983), so that a mean far from zero
/// costs no digits. Memory: d² doubles and one block. The same rows in the same calls give the same
/// bits on any number of threads.
///
/// Threads: one at a time.
class Moments {
 public:
  explicit Moments(std::size_t dimensions);

  /// `rows`: n × d, row-major. Errors: bad_input for NaN and infinity, naming the row counted from
  /// the first ever added.
  void add(const float* rows, std::size_t n, ThreadPool& pool);

  std::size_t dimensions() const noexcept { return d_; }
  std::uint64_t rows() const noexcept { return rows_; }
  /// d values.
  const std::vector<double>& mean() const noexcept { return mean_; }
  /// d × d, both triangles, divided by rows - 1 (numpy.cov). Zeros for fewer than two rows.
  std::vector<double> covariance() const;

 private:
  void add_block(const float* rows, std::size_t n, ThreadPool& pool);

  std::size_t d_;
  std::uint64_t rows_ = 0;
  std::vector<double> mean_;
  std::vector<double> scatter_;  // Σ (x - mean)(x - mean)ᵀ, lower triangle
  std::vector<double> block_;    // rows of one block, centred
};

}  // namespace kindred::estimators
