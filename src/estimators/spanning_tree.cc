#include "estimators/spanning_tree.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "estimators/disjoint_sets.h"
#include "kernels/matmul.h"

namespace kindred::estimators {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kQueries = 128;
constexpr std::size_t kRows = 256;

// A way out of a row's tree.
struct Exit {
  float weight = kInfinity;
  std::uint32_t other = kNone;

  bool operator<(const Exit& that) const {
    return std::tie(weight, other) < std::tie(that.weight, that.other);
  }
};

class Boruvka {
 public:
  Boruvka(const MetricSpace& space, const NeighborGraph& neighbors, const std::vector<float>& core,
          ThreadPool& pool)
      : space_(space),
        neighbors_(neighbors),
        core_(core),
        pool_(pool),
        sets_(space.rows()),
        tree_of_(space.rows()),
        exits_(space.rows()),
        least_(space.rows()),
        shortest_(space.rows()) {
    for (std::size_t row = 0; row < space.rows(); ++row)
      least_[row] =
          std::max(core[row], neighbors.k > 0 ? neighbors.distances_of(row).back() : 0.0F);
  }

  std::vector<TreeEdge> run(const Report& report) {
    std::vector<TreeEdge> edges;
    const std::size_t wanted = space_.rows() < 2 ? 0 : space_.rows() - 1;
    while (edges.size() < wanted) {
      if (report) report(edges.size(), wanted);
      for (std::uint32_t row = 0; row < tree_of_.size(); ++row) tree_of_[row] = sets_.find(row);
      look_among_neighbors();
      look_everywhere();
      join(edges);
    }
    std::sort(edges.begin(), edges.end(), [](const TreeEdge& x, const TreeEdge& y) {
      return std::tie(x.weight, x.a, x.b) < std::tie(y.weight, y.a, y.b);
    });
    if (report) report(wanted, wanted);
    return edges;
  }

 private:
  float reach(std::uint32_t row, std::uint32_t other, float distance) const {
    return std::max({core_[row], core_[other], distance});
  }

  // Each row's shortest exit among its neighbours; what was found everywhere holds while it leads
  // out.
  void look_among_neighbors() {
    std::fill(shortest_.begin(), shortest_.end(), kInfinity);
    for (std::uint32_t row = 0; row < tree_of_.size(); ++row) {
      Exit& exit = exits_[row];
      if (exit.other == kNone || tree_of_[exit.other] == tree_of_[row]) {
        exit = {};
        for (std::size_t i = 0; i < neighbors_.k; ++i) {
          const std::uint32_t other = neighbors_.neighbors_of(row)[i];
          if (tree_of_[other] != tree_of_[row])
            exit = std::min(exit, {reach(row, other, neighbors_.distances_of(row)[i]), other});
        }
      }
      float& shortest = shortest_[tree_of_[row]];
      shortest = std::min(shortest, exit.weight);
    }
  }

  // Rows that could have a shorter exit than their tree is known to have, those of the shortest
  // first: what they find spares others the search.
  void look_everywhere() {
    std::vector<std::uint32_t> open;
    const auto could = [&](std::uint32_t row) {
      return least_[row] < exits_[row].weight && least_[row] < shortest_[tree_of_[row]];
    };
    for (std::uint32_t row = 0; row < tree_of_.size(); ++row)
      if (could(row)) open.push_back(row);
    std::sort(open.begin(), open.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::tie(least_[a], a) < std::tie(least_[b], b);
    });
    std::vector<std::uint32_t> some;
    for (std::size_t at = 0; at < open.size();) {
      some.clear();
      for (; at < open.size() && some.size() < kQueries; ++at)
        if (could(open[at])) some.push_back(open[at]);
      if (!some.empty()) search(some);
    }
  }

  // The shortest exits of some rows, among all rows.
  void search(const std::vector<std::uint32_t>& some) {
    const std::size_t rows = space_.rows(), count = some.size(), d = space_.width();
    const auto packed = kernels::PackedMatrix::pack(
        count, d, kernels::WeightType::fp32, false,
        [&](std::size_t q, float* out) { std::copy_n(space_.row(some[q]), d, out); });
    std::vector<Exit> known;
    for (const std::uint32_t row : some) known.push_back(exits_[row]);
    std::vector<std::vector<Exit>> best(static_cast<std::size_t>(pool_.threads()), known);
    pool_.run((rows + kRows - 1) / kRows, [&](std::size_t part, int thread) {
      thread_local std::vector<float> products;
      products.resize(kRows * kQueries);
      ThreadPool serial(1);
      const std::size_t begin = part * kRows, end = std::min(begin + kRows, rows);
      kernels::matmul(space_.row(begin), end - begin, d, packed, {}, products.data(), count,
                      serial);
      std::vector<Exit>& mine = best[static_cast<std::size_t>(thread)];
      for (std::size_t r = begin; r < end; ++r)
        offer(some, static_cast<std::uint32_t>(r), products.data() + (r - begin) * count, mine);
    });
    for (std::size_t q = 0; q < count; ++q) {
      Exit exit = best[0][q];
      for (const std::vector<Exit>& of_thread : best) exit = std::min(exit, of_thread[q]);
      const std::uint32_t row = some[q];
      exits_[row] = exit;
      least_[row] = std::max(least_[row], exit.weight);  // trees grow: no exit will be shorter
      float& shortest = shortest_[tree_of_[row]];
      shortest = std::min(shortest, exit.weight);
    }
  }

  void offer(const std::vector<std::uint32_t>& some, std::uint32_t row, const float* products,
             std::vector<Exit>& best) const {
    for (std::size_t q = 0; q < some.size(); ++q) {
      if (tree_of_[some[q]] == tree_of_[row] || core_[row] > best[q].weight ||
          space_.at_least(some[q], row, products[q]) > best[q].weight)
        continue;
      best[q] = std::min(best[q], {reach(some[q], row, space_.between(some[q], row)), row});
    }
  }

  // The shortest exit of every tree, unless an equally short one of this round made it a circle.
  void join(std::vector<TreeEdge>& edges) {
    std::vector<TreeEdge> chosen(space_.rows(), TreeEdge{0, 0, kInfinity});
    for (std::uint32_t row = 0; row < tree_of_.size(); ++row) {
      const Exit& exit = exits_[row];
      if (exit.other == kNone) continue;
      const TreeEdge edge{std::min(row, exit.other), std::max(row, exit.other), exit.weight};
      TreeEdge& best = chosen[tree_of_[row]];
      if (std::tie(edge.weight, edge.a, edge.b) < std::tie(best.weight, best.a, best.b))
        best = edge;
    }
    for (const TreeEdge& edge : chosen)
      if (edge.weight < kInfinity && sets_.join(edge.a, edge.b)) edges.push_back(edge);
  }

  const MetricSpace& space_;
  const NeighborGraph& neighbors_;
  const std::vector<float>& core_;
  ThreadPool& pool_;
  DisjointSets sets_;
  std::vector<std::uint32_t> tree_of_;
  std::vector<Exit> exits_;
  std::vector<float> least_;     // no exit of the row to one who is no neighbour is shorter
  std::vector<float> shortest_;  // known exit of each tree
};

}  // namespace

std::vector<TreeEdge> spanning_tree(const MetricSpace& space, const NeighborGraph& neighbors,
                                    const std::vector<float>& core, ThreadPool& pool,
                                    const Report& report) {
  return Boruvka(space, neighbors, core, pool).run(report);
}

}  // namespace kindred::estimators
