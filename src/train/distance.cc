#include "train/distance.h"

#include <ATen/ops/cdist.h>

#include <algorithm>
#include <limits>

namespace kindred::train {
namespace {

constexpr std::int64_t kTileNumbers = std::int64_t{1} << 22;
constexpr std::int64_t kWithoutMatrixProduct = 2;  // at::cdist's mode that is exact near 0

}  // namespace

std::string_view to_string(Metric metric) noexcept {
  return metric == Metric::cosine ? "cosine" : "euclidean";
}

at::Tensor distances(const at::Tensor& x, const at::Tensor& y, Metric metric) {
  if (metric == Metric::cosine) return x.mul(y).sum({1}).neg().add(1.0);
  return x.sub(y).norm(2, {1});
}

at::Tensor distance_matrix(const at::Tensor& x, const at::Tensor& y, Metric metric) {
  if (metric == Metric::cosine) return x.matmul(y.t()).neg().add(1.0);
  return at::cdist(x, y, 2.0, kWithoutMatrixProduct);
}

void walk_negatives(
    const at::Tensor& anchors, const at::Tensor& passages, Metric metric, const Relation& relation,
    const std::vector<std::int64_t>& rows,
    const std::function<void(std::size_t first, const at::Tensor& distances)>& visit) {
  const std::int64_t columns = passages.size(0);
  const auto tile = static_cast<std::size_t>(
      std::max<std::int64_t>(1, kTileNumbers / std::max<std::int64_t>(1, columns)));
  Columns lists;
  for (std::size_t first = 0; first < rows.size(); first += tile) {
    const std::size_t count = std::min(tile, rows.size() - first);
    const std::span<const std::int64_t> part(rows.data() + first, count);
    std::vector<std::int64_t> places;
    for (std::size_t row = 0; row < count; ++row) {
      lists.clear();
      relation.passages_of_anchor(static_cast<std::uint32_t>(part[row]), lists);
      for (const auto& list : lists)
        for (const std::uint32_t column : list)
          places.push_back(static_cast<std::int64_t>(row) * columns + column);
    }
    at::Tensor matrix =
        distance_matrix(anchors.index_select(0, index_tensor(part, anchors)), passages, metric);
    if (!places.empty()) {
      const at::Tensor flat = matrix.reshape({-1}).index_fill(
          0, index_tensor(places, anchors), std::numeric_limits<double>::infinity());
      matrix = flat.view({static_cast<std::int64_t>(count), columns});
    }
    visit(first, matrix);
  }
}

}  // namespace kindred::train
