// Centroids of many vectors in two levels, and the nearest of them. Tested by kmeans_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/matmul.h"

namespace kindred::index {

class CentroidCandidates;

/// Centroids in neighbouring groups, each group under a centroid of its own.
///
/// Threads: immutable; `assign` may run concurrently.
class CentroidTree {
 public:
  /// `centroids`: count × dimension; group g holds [group_begin[g], group_begin[g + 1]), which ends
  /// with count.
  CentroidTree(std::vector<float> centroids, std::size_t dimension,
               std::vector<std::size_t> group_begin);

  std::size_t count() const noexcept { return centroids_.size() / dimension_; }
  std::size_t dimension() const noexcept { return dimension_; }
  const std::vector<float>& centroids() const noexcept { return centroids_; }
  const std::vector<std::size_t>& group_begin() const noexcept { return group_begin_; }

  /// The nearest centroid of each of `rows` vectors by Euclidean distance: exactly up to some
  /// thousands of centroids, beyond them among the groups nearest to the vector. A row's centroid
  /// does not depend on the other rows.
  ///
  /// `second`, when it is not null: of the next nearest the one whose residual is short and not
  /// along that to the nearest; the nearest itself when there is no other.
  void assign(const float* vectors, std::size_t rows, std::uint32_t* nearest,
              std::uint32_t* second = nullptr) const;

 private:
  struct Node {
    kernels::PackedMatrix packed;
    std::vector<float> bias;  // -|c|² / 2: the largest product with bias is the nearest
  };
  Node pack(const float* centroids, std::size_t count) const;
  /// Less the mean: what is far from the origin loses nothing by the rounding of products.
  void centre(const float* vectors, std::size_t rows, float* out) const;
  void multiply_all(const float* centred, std::size_t rows, CentroidCandidates* candidates) const;
  void multiply_grouped(const float* centred, std::size_t rows,
                        CentroidCandidates* candidates) const;

  std::vector<float> centroids_;
  std::size_t dimension_;
  std::vector<std::size_t> group_begin_;
  std::vector<float> mean_;   // of the centroids
  float radius_ = 0.0F;       // of the centroids about it
  std::vector<Node> groups_;  // one of all centroids, or one a group
  std::vector<Node> top_;     // of the groups' means; empty when the search is exact
};

/// Called with the share done; may throw.
using KmeansProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Lloyd's algorithm in two levels over a sample of `rows` vectors: about √count clusters, each
/// split in proportion to its size, then all centroids moved together. Clusters that would be empty
/// take half of the largest. The same for the same sample and seed. Needs rows ≥ count ≥ 1.
CentroidTree train_centroids(const float* sample, std::size_t rows, std::size_t dimension,
                             std::size_t count, std::uint64_t seed, ThreadPool& pool,
                             const KmeansProgress& progress = {});

}  // namespace kindred::index
