#include "estimators/density_clusters.h"

#include <algorithm>

#include "base/error.h"
#include "estimators/condensed_tree.h"
#include "estimators/neighbor_graph.h"
#include "estimators/spanning_tree.h"

namespace kindred::estimators {
namespace {

// Neighbours kept beside those of the core distance: they spare the spanning tree most searches.
constexpr std::size_t kLeastNeighbors = 15;

using Cluster = CondensedTree::Cluster;

// Those whose stability is above that of the clusters below them; children come after parents.
std::vector<bool> by_excess_of_mass(const CondensedTree& tree, bool allow_single) {
  std::vector<bool> chosen(tree.clusters.size(), true);
  std::vector<double> stability;
  for (const Cluster& c : tree.clusters) stability.push_back(c.stability);
  for (std::size_t i = tree.clusters.size(); i-- > 0;) {
    if (i == 0 && !allow_single) break;
    double below = 0.0;
    for (const std::int32_t child : tree.clusters[i].children)
      below += stability[static_cast<std::size_t>(child)];
    if (below > stability[i]) {
      chosen[i] = false;
      stability[i] = below;
    }
  }
  if (!allow_single) chosen[0] = false;
  // Within a chosen cluster no other is.
  std::vector<bool> covered(tree.clusters.size());
  for (std::size_t i = 1; i < tree.clusters.size(); ++i) {
    const auto parent = static_cast<std::size_t>(tree.clusters[i].parent);
    covered[i] = covered[parent] || chosen[parent];
    if (covered[i]) chosen[i] = false;
  }
  return chosen;
}

std::vector<bool> by_leaves(const CondensedTree& tree) {
  std::vector<bool> chosen;
  for (const Cluster& c : tree.clusters) chosen.push_back(c.parent >= 0 && c.children.empty());
  return chosen;
}

DensityClusters label(const CondensedTree& tree, const std::vector<bool>& chosen) {
  constexpr std::int32_t kNoise = -1;
  DensityClusters result;
  // The chosen cluster that each lies in, and its number.
  std::vector<std::int32_t> inside(tree.clusters.size(), kNoise), number(tree.clusters.size());
  for (std::size_t i = 0; i < tree.clusters.size(); ++i) {
    if (chosen[i]) {
      inside[i] = static_cast<std::int32_t>(i);
      number[i] = static_cast<std::int32_t>(result.clusters++);
    } else if (i > 0) {
      inside[i] = inside[static_cast<std::size_t>(tree.clusters[i].parent)];
    }
  }
  for (std::size_t row = 0; row < tree.left_of.size(); ++row) {
    std::int32_t in = inside[static_cast<std::size_t>(tree.left_of[row])];
    // Of a single cluster only what stays to where it ends is no noise.
    if (in == 0 && tree.lambda[row] < tree.clusters[0].death) in = kNoise;
    if (in == kNoise) {
      result.labels.push_back(kNoise);
      result.probabilities.push_back(0.0F);
      continue;
    }
    const auto cluster = static_cast<std::size_t>(in);
    const double death = tree.clusters[cluster].death;
    result.labels.push_back(number[cluster]);
    result.probabilities.push_back(
        death > 0.0 ? static_cast<float>(std::min(tree.lambda[row], death) / death) : 1.0F);
  }
  return result;
}

}  // namespace

DensityClusters density_clusters(const MetricSpace& space, const DensityOptions& options,
                                 ThreadPool& pool, const Report& report) {
  if (options.min_size < 2)
    fail(ErrorKind::bad_input, "a cluster by density has at least 2 rows, not {}",
         options.min_size);
  if (space.rows() == 0) return {};
  const std::size_t samples = options.min_samples > 0 ? options.min_samples : options.min_size;
  const auto half = [&](std::size_t first) -> Report {
    if (!report) return {};
    return [&report, first](std::size_t done, std::size_t total) {
      report(first + 500 * done / std::max<std::size_t>(total, 1), 1000);
    };
  };
  const NeighborGraph neighbors =
      neighbor_graph(space, std::max(kLeastNeighbors, samples - 1), pool, half(0));
  std::vector<float> core(space.rows(), 0.0F);
  const std::size_t place = std::min(samples - 1, neighbors.k);  // the row itself is the first
  for (std::size_t row = 0; place > 0 && row < core.size(); ++row)
    core[row] = neighbors.distances_of(row)[place - 1];
  const CondensedTree tree = CondensedTree::of(
      space.rows(), spanning_tree(space, neighbors, core, pool, half(500)), options.min_size);
  return label(tree, options.selection == Selection::leaf
                         ? by_leaves(tree)
                         : by_excess_of_mass(tree, options.allow_single));
}

}  // namespace kindred::estimators
