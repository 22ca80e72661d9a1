#include "estimators/umap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "estimators/fuzzy_graph.h"
#include "estimators/spectral_start.h"

namespace kindred::estimators {
namespace {

// umap-learn's.
constexpr float kNegatives = 5.0F;  // random others for each edge that pulls
constexpr float kMostStep = 4.0F;   // of a coordinate
constexpr float kExtent = 10.0F;
constexpr std::size_t kManyRows = 10'000;
constexpr std::size_t kEpochs = 500;
constexpr std::size_t kEpochsOfMany = 200;

constexpr std::size_t kPart = 256;

float clip(float step) {
  return std::clamp(step, -kMostStep, kMostStep);
}

// Points that edges pull together and random others push apart.
class Layout {
 public:
  Layout(const FuzzyGraph& graph, std::vector<float> start, const UmapOptions& options,
         std::size_t epochs)
      : graph_(graph),
        d_(options.dimensions),
        epochs_(epochs),
        random_(options.seed),
        points_(std::move(start)),
        next_points_(points_.size()) {
    const auto [a, b] = umap_curve(options.spread, options.min_dist);
    a_ = static_cast<float>(a);
    b_ = static_cast<float>(b);
    const float most = *std::max_element(graph.weights.begin(), graph.weights.end());
    for (const float w : graph.weights) intervals_.push_back(most / w);
    next_pull_ = intervals_;
    next_push_ = intervals_;
    for (float& v : next_push_) v /= kNegatives;
  }

  void run_epoch(std::size_t epoch, ThreadPool& pool) {
    const float rate = 1.0F - static_cast<float>(epoch) / static_cast<float>(epochs_);
    const std::size_t rows = graph_.rows();
    pool.run((rows + kPart - 1) / kPart, [&](std::size_t part, int) {
      for (std::size_t r = part * kPart; r < std::min((part + 1) * kPart, rows); ++r)
        move(r, epoch, rate);
    });
    points_.swap(next_points_);
  }

  std::vector<float> take() && { return std::move(points_); }

 private:
  void move(std::size_t row, std::size_t epoch, float rate) {
    float* point = next_points_.data() + row * d_;
    std::copy_n(points_.data() + row * d_, d_, point);
    Random random = random_.split(epoch * graph_.rows() + row);
    const auto now = static_cast<float>(epoch);
    for (std::size_t e = graph_.offsets[row]; e < graph_.offsets[row + 1]; ++e) {
      if (next_pull_[e] > now) continue;
      pull(point, points_.data() + graph_.columns[e] * d_, rate);
      next_pull_[e] += intervals_[e];
      const float interval = intervals_[e] / kNegatives;
      const int pushes = static_cast<int>((now - next_push_[e]) / interval);
      for (int p = 0; p < pushes; ++p) {
        const std::size_t other = random.below(graph_.rows());
        if (other != row) push(point, points_.data() + other * d_, rate);
      }
      next_push_[e] += static_cast<float>(pushes) * interval;
    }
  }

  float square_between(const float* a, const float* b) const {
    float square = 0.0F;
    for (std::size_t i = 0; i < d_; ++i) square += (a[i] - b[i]) * (a[i] - b[i]);
    return square;
  }

  // The edge stands in both rows, and each of its ends moves for either: twice the step.
  void pull(float* point, const float* other, float rate) const {
    const float square = square_between(point, other);
    if (square <= 0.0F) return;
    const float power = std::pow(square, b_);
    const float factor = -2.0F * a_ * b_ * power / (square * (a_ * power + 1.0F));
    for (std::size_t i = 0; i < d_; ++i)
      point[i] += 2.0F * rate * clip(factor * (point[i] - other[i]));
  }

  void push(float* point, const float* other, float rate) const {
    const float square = square_between(point, other);
    if (square <= 0.0F) return;
    const float factor = 2.0F * b_ / ((0.001F + square) * (a_ * std::pow(square, b_) + 1.0F));
    for (std::size_t i = 0; i < d_; ++i) point[i] += rate * clip(factor * (point[i] - other[i]));
  }

  const FuzzyGraph& graph_;
  std::size_t d_;
  std::size_t epochs_;
  Random random_;
  float a_ = 1.0F, b_ = 1.0F;
  std::vector<float> points_, next_points_;
  std::vector<float> intervals_;  // epochs between two pulls of an edge
  std::vector<float> next_pull_, next_push_;
};

// Each coordinate to [0, 10].
void stretch(std::vector<float>& points, std::size_t d) {
  for (std::size_t k = 0; k < d; ++k) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (std::size_t i = k; i < points.size(); i += d) {
      low = std::min(low, points[i]);
      high = std::max(high, points[i]);
    }
    if (!(high > low)) continue;
    for (std::size_t i = k; i < points.size(); i += d)
      points[i] = kExtent * (points[i] - low) / (high - low);
  }
}

}  // namespace

void UmapOptions::validate() const {
  if (neighbors < 2)
    fail(ErrorKind::bad_input, "a map needs at least 2 neighbours a row, itself among them, not {}",
         neighbors);
  if (dimensions == 0) fail(ErrorKind::bad_input, "a map has at least one dimension");
  if (!(spread > 0.0) || !(min_dist >= 0.0) || min_dist > spread)
    fail(ErrorKind::bad_input,
         "a map's least distance lies between 0 and its spread, which is above 0; not {} and {}",
         min_dist, spread);
}

std::pair<double, double> umap_curve(double spread, double min_dist) {
  constexpr int kPoints = 300;
  double a = 1.0, b = 1.0, damping = 1e-3;
  const auto wanted = [&](double x) {
    return x < min_dist ? 1.0 : std::exp(-(x - min_dist) / spread);
  };
  const auto x_of = [&](int i) { return spread * 3.0 * i / (kPoints - 1); };
  const auto error_of = [&](double a_now, double b_now) {
    double sum = 0.0;
    for (int i = 0; i < kPoints; ++i) {
      const double x = x_of(i);
      const double off = 1.0 / (1.0 + a_now * std::pow(x, 2.0 * b_now)) - wanted(x);
      sum += off * off;
    }
    return sum;
  };
  // Levenberg and Marquardt's, of two unknowns.
  double error = error_of(a, b);
  for (int step = 0; step < 200; ++step) {
    double aa = 0.0, ab = 0.0, bb = 0.0, ga = 0.0, gb = 0.0;
    for (int i = 1; i < kPoints; ++i) {  // at 0 the curve is 1, whatever a and b are
      const double x = x_of(i);
      const double power = std::pow(x, 2.0 * b);
      const double value = 1.0 / (1.0 + a * power);
      const double off = value - wanted(x);
      const double da = -power * value * value;
      const double db = a * da * 2.0 * std::log(x);
      aa += da * da, ab += da * db, bb += db * db;
      ga += da * off, gb += db * off;
    }
    const double daa = aa * (1.0 + damping), dbb = bb * (1.0 + damping);
    const double determinant = daa * dbb - ab * ab;
    const double to_a = a - (dbb * ga - ab * gb) / determinant;
    const double to_b = b - (daa * gb - ab * ga) / determinant;
    const double now = to_a > 0.0 && to_b > 0.0 ? error_of(to_a, to_b) : error;
    if (now < error) {
      const bool settled = error - now < 1e-15;
      a = to_a, b = to_b, error = now, damping /= 10.0;
      if (settled) break;
    } else {
      damping *= 10.0;
    }
  }
  return {a, b};
}

std::vector<float> umap(const MetricSpace& space, const NeighborGraph& neighbors,
                        const UmapOptions& options, ThreadPool& pool, const Report& report) {
  options.validate();
  if (space.rows() < 2) return std::vector<float>(space.rows() * options.dimensions);
  const std::size_t rows = space.rows();
  const std::size_t epochs =
      options.epochs > 0 ? options.epochs : (rows > kManyRows ? kEpochsOfMany : kEpochs);
  FuzzyGraph graph = fuzzy_graph(neighbors);
  const float most = *std::max_element(graph.weights.begin(), graph.weights.end());
  graph = without_weak(graph, most / static_cast<float>(epochs));
  std::vector<float> start = spectral_start(space, graph, options.dimensions, options.seed, pool);
  stretch(start, options.dimensions);
  Layout layout(graph, std::move(start), options, epochs);
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    if (report) report(epoch, epochs);
    layout.run_epoch(epoch, pool);
  }
  if (report) report(epochs, epochs);
  return std::move(layout).take();
}

std::vector<float> umap(const float* x, std::size_t rows, std::size_t dimensions,
                        const UmapOptions& options, ThreadPool& pool, const Report& report) {
  options.validate();
  const MetricSpace space(x, rows, dimensions, options.distance, pool);
  // The neighbours are half of what is reported, the epochs the other.
  const auto half = [&](std::size_t first) -> Report {
    if (!report) return {};
    return [&report, first](std::size_t done, std::size_t total) {
      report(first + 500 * done / total, 1000);
    };
  };
  const NeighborGraph neighbors = neighbor_graph(space, options.neighbors - 1, pool, half(0));
  return umap(space, neighbors, options, pool, half(500));
}

}  // namespace kindred::estimators
