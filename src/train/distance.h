// Distances of vectors, and the selection of negatives by them. Tested by triplet_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "train/relation.h"

namespace kindred::train {

enum class Metric {
  cosine,     ///< 1 − cosine: 0 to 2
  euclidean,  ///< of unit vectors 0 to 2
};

std::string_view to_string(Metric metric) noexcept;

/// Of each row of one n × d matrix to the same row of another: n. The gradient at a Euclidean
/// distance of 0 is 0. For cosines the rows must be of unit length.
at::Tensor distances(const at::Tensor& x, const at::Tensor& y, Metric metric);

/// Of every row of n × d to every row of m × d: n × m, exact also for neighbours that are close.
at::Tensor distance_matrix(const at::Tensor& x, const at::Tensor& y, Metric metric);

/// Walks over `rows` (of anchors; n) in tiles of rows × all passages, no more than some 4 million
/// numbers at once: calls `visit(first row, distances)`, where the passages that are no negatives
/// of a row's anchor are +∞.
void walk_negatives(
    const at::Tensor& anchors, const at::Tensor& passages, Metric metric, const Relation& relation,
    const std::vector<std::int64_t>& rows,
    const std::function<void(std::size_t first, const at::Tensor& distances)>& visit);

}  // namespace kindred::train
