#include "estimators/fuzzy_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace kindred::estimators {
namespace {

// umap-learn's.
constexpr int kBisections = 64;
constexpr double kTolerance = 1e-5;
constexpr double kLeastShare = 1e-3;  // σ is at least this share of the mean distance

struct Nearness {
  double rho = 0.0;
  double sigma = 0.0;
};

double mean_of(std::span<const float> values) {
  // The row itself, at 0, counts.
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size() + 1);
}

Nearness nearness_of(std::span<const float> distances, double mean_of_all) {
  Nearness near;
  const auto above =
      std::find_if(distances.begin(), distances.end(), [](float d) { return d > 0; });
  if (above != distances.end()) near.rho = *above;
  const double target = std::log2(static_cast<double>(distances.size() + 1));
  double low = 0.0, high = std::numeric_limits<double>::infinity(), middle = 1.0;
  for (int step = 0; step < kBisections; ++step) {
    double sum = 0.0;
    for (const float d : distances) sum += d > near.rho ? std::exp(-(d - near.rho) / middle) : 1.0;
    if (std::fabs(sum - target) < kTolerance) break;
    (sum > target ? high : low) = middle;
    middle = std::isinf(high) ? middle * 2.0 : (low + high) / 2.0;
  }
  near.sigma = std::max(middle, kLeastShare * (near.rho > 0 ? mean_of(distances) : mean_of_all));
  return near;
}

struct Directed {
  std::uint32_t row;
  std::uint32_t column;
  float weight;
};

// For each row, what is in `edges` of it, by columns.
FuzzyGraph by_rows(std::size_t rows, std::vector<Directed> edges) {
  std::sort(edges.begin(), edges.end(), [](const Directed& a, const Directed& b) {
    return std::pair(a.row, a.column) < std::pair(b.row, b.column);
  });
  FuzzyGraph graph;
  graph.offsets.assign(rows + 1, 0);
  for (const Directed& e : edges) {
    if (!graph.columns.empty() && graph.offsets[e.row + 1] > 0 &&
        graph.columns.back() == e.column) {
      float& w = graph.weights.back();  // both directions: the sum less the product
      w = w + e.weight - w * e.weight;
      continue;
    }
    ++graph.offsets[e.row + 1];
    graph.columns.push_back(e.column);
    graph.weights.push_back(e.weight);
  }
  std::partial_sum(graph.offsets.begin(), graph.offsets.end(), graph.offsets.begin());
  return graph;
}

}  // namespace

FuzzyGraph fuzzy_graph(const NeighborGraph& neighbors) {
  const double mean_of_all =
      std::accumulate(neighbors.distances.begin(), neighbors.distances.end(), 0.0) /
      static_cast<double>(neighbors.rows * (neighbors.k + 1));
  std::vector<Directed> edges;
  edges.reserve(2 * neighbors.indices.size());
  for (std::uint32_t row = 0; row < neighbors.rows; ++row) {
    const auto distances = neighbors.distances_of(row);
    const Nearness near = nearness_of(distances, mean_of_all);
    for (std::size_t i = 0; i < neighbors.k; ++i) {
      const double beyond = distances[i] - near.rho;
      const auto weight =
          static_cast<float>(beyond > 0 && near.sigma > 0 ? std::exp(-beyond / near.sigma) : 1.0);
      if (weight == 0.0F) continue;
      const std::uint32_t other = neighbors.neighbors_of(row)[i];
      edges.push_back({row, other, weight});
      edges.push_back({other, row, weight});
    }
  }
  return by_rows(neighbors.rows, std::move(edges));
}

FuzzyGraph without_weak(const FuzzyGraph& graph, float least) {
  FuzzyGraph kept;
  kept.offsets.push_back(0);
  for (std::size_t row = 0; row < graph.rows(); ++row) {
    for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
      if (graph.weights[e] < least) continue;
      kept.columns.push_back(graph.columns[e]);
      kept.weights.push_back(graph.weights[e]);
    }
    kept.offsets.push_back(kept.columns.size());
  }
  return kept;
}

std::vector<std::uint32_t> components_of(const FuzzyGraph& graph) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> component(graph.rows(), kNone);
  std::vector<std::uint32_t> open;
  std::uint32_t count = 0;
  for (std::uint32_t first = 0; first < graph.rows(); ++first) {
    if (component[first] != kNone) continue;
    component[first] = count;
    open.push_back(first);
    while (!open.empty()) {
      const std::uint32_t row = open.back();
      open.pop_back();
      for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
        if (component[graph.columns[e]] != kNone) continue;
        component[graph.columns[e]] = count;
        open.push_back(graph.columns[e]);
      }
    }
    ++count;
  }
  return component;
}

}  // namespace kindred::estimators
