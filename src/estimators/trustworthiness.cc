#include "estimators/trustworthiness.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "estimators/neighbor_graph.h"
#include "kernels/matmul.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kBlock = 256;

// What rank of the wanted rows is above k, summed. `products`: of row i with all rows.
std::uint64_t excess_rank(const MetricSpace& space, std::size_t i, const float* products,
                          std::span<const std::uint32_t> wanted) {
  std::vector<float> distances(space.rows());
  // Half of |i − j|² less |i|², which orders as the distance does.
  for (std::size_t j = 0; j < space.rows(); ++j)
    distances[j] = space.square(j) / 2.0F - products[j];
  std::uint64_t excess = 0;
  for (const std::uint32_t j : wanted) {
    const float limit = distances[j];
    std::size_t rank = 1;
    for (std::size_t other = 0; other < space.rows(); ++other)
      rank += static_cast<std::size_t>(distances[other] < limit ||
                                       (distances[other] == limit && other < j));
    const bool self_counted = distances[i] < limit || (distances[i] == limit && i < j);
    if (self_counted) --rank;
    if (rank > wanted.size()) excess += rank - wanted.size();
  }
  return excess;
}

}  // namespace

double trustworthiness(const MetricSpace& space, const float* map, std::size_t map_dimensions,
                       std::size_t k, ThreadPool& pool) {
  const std::size_t rows = space.rows();
  if (k == 0 || 2 * k >= rows)
    fail(ErrorKind::bad_input,
         "trustworthiness of {} rows is of 1 to {} neighbours, not of {}: take fewer neighbours or "
         "more rows",
         rows, rows == 0 ? 0 : (rows - 1) / 2, k);
  const MetricSpace flat(map, rows, map_dimensions, Distance::euclidean, pool);
  const NeighborGraph near = neighbor_graph(flat, k, pool);
  std::vector<std::uint64_t> excess((rows + kBlock - 1) / kBlock);
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const std::size_t count = std::min(kBlock, rows - begin);
    // Blocks of queries are packed, all rows multiplied: the products of a query lie apart.
    const auto packed = kernels::PackedMatrix::pack(
        count, space.width(), kernels::WeightType::fp32, false,
        [&](std::size_t q, float* out) { std::copy_n(space.row(begin + q), space.width(), out); });
    std::vector<float> products(rows * count);
    kernels::matmul(space.row(0), rows, space.width(), packed, {}, products.data(), count, pool);
    std::vector<std::uint64_t> of_query(count);
    pool.run(count, [&](std::size_t q, int) {
      std::vector<float> mine(rows);
      for (std::size_t j = 0; j < rows; ++j) mine[j] = products[j * count + q];
      of_query[q] = excess_rank(space, begin + q, mine.data(), near.neighbors_of(begin + q));
    });
    for (const std::uint64_t e : of_query) excess[begin / kBlock] += e;
  }
  double sum = 0.0;
  for (const std::uint64_t e : excess) sum += static_cast<double>(e);
  const auto n = static_cast<double>(rows);
  const auto kd = static_cast<double>(k);
  return 1.0 - sum * 2.0 / (n * kd * (2.0 * n - 3.0 * kd - 1.0));
}

}  // namespace kindred::estimators
