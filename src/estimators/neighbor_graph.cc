#include "estimators/neighbor_graph.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "kernels/topk.h"

namespace kindred::estimators {
namespace {

// Rows that are looked for between two reports.
constexpr std::size_t kQueries = 1024;
// Products round, so that the last of k may be another's place: so many more are chosen, and
// measured by their differences.
constexpr std::size_t kSpare = 8;

// Products that order as the distances do: those of Euclidean distance have a further column, 1 of
// the query and −|x|² / 2 of the row.
class Ranking {
 public:
  explicit Ranking(const MetricSpace& space) : space_(space) {
    if (space.distance() == Distance::cosine) return;
    width_ = space.width() + 1;
    rows_.resize(space.rows() * width_);
    for (std::size_t r = 0; r < space.rows(); ++r) {
      std::copy_n(space.row(r), space.width(), rows_.data() + r * width_);
      rows_[(r + 1) * width_ - 1] = space.square(r) / -2.0F;
    }
  }

  kernels::Neighbors find(std::size_t begin, std::size_t count, std::size_t k, ThreadPool& pool) {
    if (rows_.empty())
      return kernels::top_k(space_.row(begin), count, space_.row(0), space_.rows(), space_.width(),
                            k, pool);
    queries_.assign(rows_.begin() + static_cast<std::ptrdiff_t>(begin * width_),
                    rows_.begin() + static_cast<std::ptrdiff_t>((begin + count) * width_));
    for (std::size_t q = 0; q < count; ++q) queries_[(q + 1) * width_ - 1] = 1.0F;
    return kernels::top_k(queries_.data(), count, rows_.data(), space_.rows(), width_, k, pool);
  }

 private:
  const MetricSpace& space_;
  std::size_t width_ = 0;
  std::vector<float> rows_;
  std::vector<float> queries_;
};

}  // namespace

NeighborGraph neighbor_graph(const MetricSpace& space, std::size_t k, ThreadPool& pool,
                             const Report& report) {
  const std::size_t rows = space.rows();
  require(rows <= std::numeric_limits<std::uint32_t>::max(), "rows fit 32 bits");
  NeighborGraph graph{rows, rows == 0 ? 0 : std::min(k, rows - 1), {}, {}};
  if (graph.k == 0) return graph;
  graph.indices.resize(rows * graph.k);
  graph.distances.resize(rows * graph.k);
  Ranking ranking(space);
  for (std::size_t begin = 0; begin < rows; begin += kQueries) {
    if (report) report(begin, rows);
    const std::size_t count = std::min(kQueries, rows - begin);
    const kernels::Neighbors chosen =
        ranking.find(begin, count, std::min(rows, graph.k + 1 + kSpare), pool);
    pool.run(count, [&](std::size_t q, int) {
      const std::size_t row = begin + q;
      std::vector<std::pair<float, std::uint32_t>> found;
      for (std::size_t i = 0; i < chosen.k; ++i) {
        const std::uint32_t other = chosen.indices[q * chosen.k + i];
        if (other != row) found.emplace_back(space.between(row, other), other);
      }
      std::sort(found.begin(), found.end());
      for (std::size_t i = 0; i < graph.k; ++i) {
        graph.distances[row * graph.k + i] = found[i].first;
        graph.indices[row * graph.k + i] = found[i].second;
      }
    });
  }
  if (report) report(rows, rows);
  return graph;
}

}  // namespace kindred::estimators
