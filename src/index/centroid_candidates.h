// The centroids that may be nearest to a vector, as products show them. Internal; tested by
// kmeans_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace kindred::index {

/// Of one vector at a time. With a product goes -|c|² / 2, so that the largest is of the nearest.
///
/// Threads: one at a time.
class CentroidCandidates {
 public:
  explicit CentroidCandidates(std::size_t dimension) : dimension_(dimension) {}

  /// Begins a vector whose products are known to within half of `margin`; with `second` for some
  /// more candidates than could be nearest.
  void clear(float margin, bool second);
  /// The products with centroids first … first + count.
  void offer(const float* products, std::size_t count, std::size_t first);

  /// The one at the least distance, the lowest of equals. `centroids`: all, row-major.
  std::uint32_t nearest(const float* vector, const std::vector<float>& centroids) const;
  /// Of the others the one from which the vector differs least, what lies along its residual to the
  /// nearest counted twice: where the nearest estimates badly or is not looked at, the second then
  /// does better. After Sun et al., "SOAR", NeurIPS 2023 (arXiv 2404.00774), with λ = 1. `nearest`
  /// when there is no other.
  std::uint32_t second(const float* vector, std::uint32_t nearest,
                       const std::vector<float>& centroids) const;

 private:
  static constexpr float kNothing = -std::numeric_limits<float>::infinity();
  struct Product {
    float value;
    std::uint32_t centroid;
  };

  void keep(float value);
  void set_cut();

  std::size_t dimension_;
  float margin_ = 0.0F, best_ = kNothing;
  float cut_ = kNothing;        // what a product must reach
  std::vector<float> largest_;  // products, falling; none when no second is wanted
  std::vector<Product> near_;
};

}  // namespace kindred::index
