#include "estimators/spectral_start.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "estimators/lanczos.h"

namespace kindred::estimators {
namespace {

using Vector = std::vector<double>;

constexpr double kExtent = 10.0;
constexpr double kNoise = 1e-4;      // so that equal points can part
constexpr double kTolerance = 1e-4;  // of eigenvectors: they are where points begin, not end
constexpr std::size_t kPart = 2048;

struct Component {
  std::vector<std::uint32_t> rows;
  std::vector<double> centre;  // in the map
  double radius = 1.0;
};

std::vector<Component> split(const FuzzyGraph& graph) {
  std::vector<Component> components;
  const std::vector<std::uint32_t> of_row = components_of(graph);
  for (std::uint32_t row = 0; row < of_row.size(); ++row) {
    if (of_row[row] == components.size()) components.emplace_back();
    components[of_row[row]].rows.push_back(row);
  }
  return components;
}

// The eigenvectors of one component: coordinate k of its i-th row is [k][i].
std::vector<Vector> eigenvectors(const FuzzyGraph& graph, const std::vector<std::uint32_t>& rows,
                                 std::size_t count, std::uint64_t seed, ThreadPool& pool) {
  const std::size_t n = rows.size();
  std::vector<std::uint32_t> place(graph.rows());
  for (std::uint32_t i = 0; i < n; ++i) place[rows[i]] = i;
  Vector root(n);  // of the degrees: the trivial eigenvector, and what edges are divided by
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    double degree = 0.0;
    for (std::size_t e = graph.offsets[rows[i]]; e < graph.offsets[rows[i] + 1]; ++e)
      degree += graph.weights[e];
    root[i] = std::sqrt(degree);
    sum += degree;
  }
  Vector trivial(n);
  for (std::size_t i = 0; i < n; ++i) trivial[i] = root[i] / std::sqrt(sum);
  const auto product = [&](const Vector& x, Vector& y) {
    pool.run((n + kPart - 1) / kPart, [&](std::size_t part, int) {
      for (std::size_t i = part * kPart; i < std::min((part + 1) * kPart, n); ++i) {
        double total = 0.0;
        for (std::size_t e = graph.offsets[rows[i]]; e < graph.offsets[rows[i] + 1]; ++e) {
          const std::uint32_t j = place[graph.columns[e]];
          total += graph.weights[e] * x[j] / root[j];
        }
        y[i] = total / root[i];
      }
    });
  };
  return largest_eigenvectors(n, product, count, {trivial}, kTolerance, seed, pool);
}

// The principal axes of the prepared vectors, about their mean.
std::vector<Vector> principal_axes(const MetricSpace& space, const Vector& mean, std::size_t count,
                                   std::uint64_t seed, ThreadPool& pool) {
  const std::size_t n = space.rows(), d = space.width();
  const auto product = [&](const Vector& x, Vector& y) {
    const std::size_t parts = (n + kPart - 1) / kPart;
    std::vector<Vector> of_part(parts, Vector(d));
    pool.run(parts, [&](std::size_t part, int) {
      for (std::size_t r = part * kPart; r < std::min((part + 1) * kPart, n); ++r) {
        const float* row = space.row(r);
        double share = 0.0;
        for (std::size_t i = 0; i < d; ++i) share += (row[i] - mean[i]) * x[i];
        for (std::size_t i = 0; i < d; ++i) of_part[part][i] += share * (row[i] - mean[i]);
      }
    });
    y.assign(d, 0.0);
    for (const Vector& p : of_part)
      for (std::size_t i = 0; i < d; ++i) y[i] += p[i] / static_cast<double>(n);
  };
  return largest_eigenvectors(d, product, count, {}, kTolerance, seed, pool);
}

Vector mean_of(const MetricSpace& space, const std::vector<std::uint32_t>& rows) {
  Vector mean(space.width());
  for (const std::uint32_t r : rows)
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += space.row(r)[i];
  for (double& m : mean) m /= static_cast<double>(rows.size());
  return mean;
}

// Components about their principal components, each with half the way to the next to itself.
void place_components(const MetricSpace& space, std::vector<Component>& components,
                      std::size_t dimensions, std::uint64_t seed, ThreadPool& pool) {
  std::vector<std::uint32_t> all(space.rows());
  for (std::uint32_t r = 0; r < all.size(); ++r) all[r] = r;
  const Vector mean = mean_of(space, all);
  const std::vector<Vector> axes = principal_axes(space, mean, dimensions, seed, pool);
  Random random = Random(seed).split(1);
  for (Component& c : components) {
    const Vector own = mean_of(space, c.rows);
    c.centre.assign(dimensions, 0.0);
    for (std::size_t k = 0; k < axes.size(); ++k)
      for (std::size_t i = 0; i < own.size(); ++i) c.centre[k] += (own[i] - mean[i]) * axes[k][i];
  }
  double extent = 0.0;
  for (const Component& c : components)
    for (const double v : c.centre) extent = std::max(extent, std::fabs(v));
  for (Component& c : components)
    for (double& v : c.centre) v = (extent > 0.0 ? v / extent : 0.0) + 0.01 * random.normal();
  for (Component& c : components) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Component& other : components) {
      if (&other == &c) continue;
      double square = 0.0;
      for (std::size_t k = 0; k < dimensions; ++k)
        square += (c.centre[k] - other.centre[k]) * (c.centre[k] - other.centre[k]);
      nearest = std::min(nearest, square);
    }
    c.radius = std::sqrt(nearest) / 2.0;
  }
}

}  // namespace

std::vector<float> spectral_start(const MetricSpace& space, const FuzzyGraph& graph,
                                  std::size_t dimensions, std::uint64_t seed, ThreadPool& pool) {
  std::vector<Component> components = split(graph);
  if (components.size() == 1)
    components[0].centre.assign(dimensions, 0.0);
  else
    place_components(space, components, dimensions, seed, pool);
  Vector positions(graph.rows() * dimensions);
  Random random(seed);
  for (const Component& c : components) {
    std::vector<Vector> axes;
    if (c.rows.size() > dimensions + 1)
      axes = eigenvectors(graph, c.rows, dimensions, random(), pool);
    for (std::size_t k = 0; k < dimensions; ++k) {
      double extent = 0.0;
      for (std::size_t i = 0; k < axes.size() && i < c.rows.size(); ++i)
        extent = std::max(extent, std::fabs(axes[k][i]));
      for (std::size_t i = 0; i < c.rows.size(); ++i) {
        const double own = extent > 0.0 ? axes[k][i] / extent : 2.0 * random.uniform() - 1.0;
        positions[c.rows[i] * dimensions + k] = c.centre[k] + c.radius * own;
      }
    }
  }
  double extent = 0.0;
  for (const double v : positions) extent = std::max(extent, std::fabs(v));
  std::vector<float> start(positions.size());
  for (std::size_t i = 0; i < start.size(); ++i)
    start[i] = static_cast<float>(positions[i] / std::max(extent, 1e-12) * kExtent +
                                  kNoise * random.normal());
  return start;
}

}  // namespace kindred::estimators
