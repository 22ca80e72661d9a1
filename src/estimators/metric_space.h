// Vectors made ready to be compared by one distance. Tested by neighbor_graph_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::estimators {

enum class Distance : std::uint8_t {
  cosine,     ///< 1 − cosine; a vector of zeros is at 1 from all others and at 0 from its like
  euclidean,  ///< √Σ (aᵢ − bᵢ)²
};

/// "cosine" or "euclidean". Errors: bad_input, listing them.
Distance parse_distance(std::string_view name);

/// Long work's parts done and all of them; called by the thread that asked for the work, and may
/// throw.
using Report = std::function<void(std::size_t done, std::size_t total)>;

/// A copy of a matrix in which every distance is one of differences, so that equal rows are at 0
/// exactly: rows of length 1 for the cosine (1 − cosine is |a − b|² / 2), rows less their mean for
/// Euclidean distance, so that products round little. Both times a power of two, where squares
/// would overflow or vanish.
///
/// Threads: immutable; const methods may run concurrently.
class MetricSpace {
 public:
  /// `x`: rows × dimensions, row-major. Errors: bad_input, naming the row, for a value that is not
  /// finite.
  MetricSpace(const float* x, std::size_t rows, std::size_t dimensions, Distance distance,
              ThreadPool& pool);

  std::size_t rows() const noexcept { return squares_.size(); }
  /// Values a prepared row: `dimensions`, and one more for the cosine where a row is zero.
  std::size_t width() const noexcept { return width_; }
  const float* row(std::size_t i) const noexcept { return values_.data() + i * width_; }
  const std::vector<float>& values() const noexcept { return values_; }
  Distance distance() const noexcept { return distance_; }

  float between(std::size_t i, std::size_t j) const;
  /// No distance of the rows is below this; `product` is that of the prepared rows, as the matrix
  /// product rounds it.
  float at_least(std::size_t i, std::size_t j, float product) const noexcept;
  /// |row|² of the prepared row.
  float square(std::size_t i) const noexcept { return squares_[i]; }
  /// The distance of prepared vectors, |a − b|² being `squared`.
  float of_square(float squared) const noexcept;

 private:
  Distance distance_;
  std::size_t width_;
  std::vector<float> values_;  // rows × width
  std::vector<float> squares_;
  float unscale_ = 1.0F;  // what a distance of prepared rows is multiplied by
};

}  // namespace kindred::estimators
