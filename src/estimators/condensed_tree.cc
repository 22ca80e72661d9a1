#include "estimators/condensed_tree.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "estimators/disjoint_sets.h"

namespace kindred::estimators {
namespace {

constexpr double kLeastShare = 1e-3;  // of the median distance

// A binary tree over the rows: node n + i joins two by the i-th edge.
struct Linkage {
  struct Join {
    std::uint32_t left;
    std::uint32_t right;
    std::size_t size;
    double lambda;
  };
  std::size_t rows;
  std::vector<Join> joins;

  std::size_t size_of(std::uint32_t node) const {
    return node < rows ? 1 : joins[node - rows].size;
  }
};

// Of the distances above 0, which are the last ones.
double least_distance(const std::vector<TreeEdge>& tree) {
  const auto first =
      std::find_if(tree.begin(), tree.end(), [](const TreeEdge& e) { return e.weight > 0; });
  if (first == tree.end()) return 1.0;
  return kLeastShare * static_cast<double>((first + (tree.end() - first) / 2)->weight);
}

Linkage link(std::size_t rows, const std::vector<TreeEdge>& tree) {
  const double least = least_distance(tree);
  Linkage linkage{rows, {}};
  DisjointSets sets(rows);
  std::vector<std::uint32_t> node_of(rows);  // of the set that a row stands for
  for (std::uint32_t r = 0; r < rows; ++r) node_of[r] = r;
  for (const TreeEdge& e : tree) {
    const std::uint32_t left = node_of[sets.find(e.a)], right = node_of[sets.find(e.b)];
    sets.join(e.a, e.b);
    node_of[sets.find(e.a)] = static_cast<std::uint32_t>(rows + linkage.joins.size());
    linkage.joins.push_back({left, right, linkage.size_of(left) + linkage.size_of(right),
                             1.0 / std::max(least, static_cast<double>(e.weight))});
  }
  return linkage;
}

class Condenser {
 public:
  Condenser(const Linkage& linkage, std::size_t min_size) : linkage_(linkage), min_size_(min_size) {
    tree_.left_of.resize(linkage.rows);
    tree_.lambda.resize(linkage.rows);
    tree_.clusters.push_back({.size = linkage.rows});
  }

  CondensedTree run() {
    open_.emplace_back(static_cast<std::uint32_t>(linkage_.rows + linkage_.joins.size() - 1), 0);
    for (std::size_t at = 0; at < open_.size(); ++at) split(open_[at].first, open_[at].second);
    return std::move(tree_);
  }

 private:
  void split(std::uint32_t node, std::int32_t cluster) {
    const Linkage::Join& join = linkage_.joins[node - linkage_.rows];
    const bool left = linkage_.size_of(join.left) >= min_size_;
    const bool right = linkage_.size_of(join.right) >= min_size_;
    if (left && right) {
      for (const std::uint32_t part : {join.left, join.right})
        open_.emplace_back(part, add_child(cluster, linkage_.size_of(part), join.lambda));
      return;
    }
    go_on(join.left, left, cluster, join.lambda);
    go_on(join.right, right, cluster, join.lambda);
  }

  // A part that is large enough is still the cluster; the rows of a smaller one leave it.
  void go_on(std::uint32_t part, bool large, std::int32_t cluster, double lambda) {
    if (large)
      open_.emplace_back(part, cluster);
    else
      fall_out(part, cluster, lambda);
  }

  std::int32_t add_child(std::int32_t parent, std::size_t size, double lambda) {
    const auto child = static_cast<std::int32_t>(tree_.clusters.size());
    tree_.clusters.push_back({.parent = parent, .birth = lambda, .size = size});
    tree_.clusters[static_cast<std::size_t>(parent)].children.push_back(child);
    count(parent, lambda, size);
    return child;
  }

  void fall_out(std::uint32_t node, std::int32_t cluster, double lambda) {
    std::vector<std::uint32_t> nodes = {node};
    while (!nodes.empty()) {
      const std::uint32_t n = nodes.back();
      nodes.pop_back();
      if (n < linkage_.rows) {
        leave(n, cluster, lambda);
        continue;
      }
      nodes.push_back(linkage_.joins[n - linkage_.rows].left);
      nodes.push_back(linkage_.joins[n - linkage_.rows].right);
    }
  }

  void leave(std::uint32_t row, std::int32_t cluster, double lambda) {
    tree_.left_of[row] = cluster;
    tree_.lambda[row] = lambda;
    count(cluster, lambda, 1);
  }

  void count(std::int32_t cluster, double lambda, std::size_t size) {
    CondensedTree::Cluster& c = tree_.clusters[static_cast<std::size_t>(cluster)];
    c.death = std::max(c.death, lambda);
    c.stability += (lambda - c.birth) * static_cast<double>(size);
  }

  const Linkage& linkage_;
  std::size_t min_size_;
  std::vector<std::pair<std::uint32_t, std::int32_t>> open_;  // nodes and the clusters they are of
  CondensedTree tree_;
};

}  // namespace

CondensedTree CondensedTree::of(std::size_t rows, const std::vector<TreeEdge>& tree,
                                std::size_t min_size) {
  require(min_size >= 2, "clusters of two rows or more");
  if (rows == 0) return {};
  if (rows == 1) return {{{.size = 1}}, {0}, {0.0}};
  const Linkage linkage = link(rows, tree);
  return Condenser(linkage, min_size).run();
}

}  // namespace kindred::estimators
