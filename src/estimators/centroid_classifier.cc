#include "estimators/centroid_classifier.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/distance.h"

namespace kindred::estimators {
namespace {

constexpr double kLeastTemperature = 1e-3;
constexpr double kMostTemperature = 10.0;
constexpr int kSearchSteps = 60;

double length_of(const float* x, std::size_t d) {
  double square = 0.0;
  for (std::size_t i = 0; i < d; ++i) square += static_cast<double>(x[i]) * x[i];
  return std::sqrt(square);
}

void make_unit(std::vector<float>& rows, std::size_t d) {
  for (std::size_t at = 0; at < rows.size(); at += d) {
    const double length = length_of(rows.data() + at, d);
    if (!(length > 0.0)) continue;
    for (std::size_t i = 0; i < d; ++i)
      rows[at + i] = static_cast<float>(static_cast<double>(rows[at + i]) / length);
  }
}

// Cosines of each row that has company in its class with all centroids, its own without it.
struct LeftOut {
  std::vector<double> cosines;  // rows × classes
  std::vector<std::uint32_t> labels;
};

LeftOut leave_one_out(const std::vector<float>& unit, const std::vector<double>& sums,
                      const LabelledVectors& data, const std::vector<std::size_t>& counts) {
  const std::size_t d = data.dimensions;
  std::vector<double> squares(data.classes);
  for (std::size_t k = 0; k < data.classes; ++k)
    for (std::size_t i = 0; i < d; ++i) squares[k] += sums[k * d + i] * sums[k * d + i];
  LeftOut out;
  for (std::size_t row = 0; row < data.rows(); ++row) {
    const std::uint32_t label = data.labels[row];
    if (counts[label] < 2) continue;
    const float* const x = unit.data() + row * d;
    const double own = length_of(x, d);
    for (std::size_t k = 0; k < data.classes; ++k) {
      double product = 0.0;
      for (std::size_t i = 0; i < d; ++i) product += sums[k * d + i] * static_cast<double>(x[i]);
      double square = squares[k];
      if (k == label) {
        square += own * own - 2.0 * product;
        product -= own * own;
      }
      out.cosines.push_back(square > 1e-12 ? product / std::sqrt(square) : 0.0);
    }
    out.labels.push_back(label);
  }
  return out;
}

double cross_entropy(const LeftOut& rows, std::size_t classes, double temperature) {
  double sum = 0.0;
  for (std::size_t row = 0; row < rows.labels.size(); ++row) {
    const double* const c = rows.cosines.data() + row * classes;
    const double most = *std::max_element(c, c + classes);
    double total = 0.0;
    for (std::size_t k = 0; k < classes; ++k) total += std::exp((c[k] - most) / temperature);
    sum += std::log(total) - (c[rows.labels[row]] - most) / temperature;
  }
  return sum;
}

// Golden section over its logarithm: in 1 / temperature the loss is convex.
double best_temperature(const LeftOut& rows, std::size_t classes) {
  if (rows.labels.empty()) return kDefaultTemperature;
  const double ratio = (std::sqrt(5.0) - 1.0) / 2.0;
  double low = std::log(kLeastTemperature);
  double high = std::log(kMostTemperature);
  const auto loss = [&](double log) { return cross_entropy(rows, classes, std::exp(log)); };
  double a = high - ratio * (high - low);
  double b = low + ratio * (high - low);
  double loss_a = loss(a);
  double loss_b = loss(b);
  for (int step = 0; step < kSearchSteps; ++step) {
    if (loss_a <= loss_b) {
      high = b;
      b = a;
      loss_b = loss_a;
      a = high - ratio * (high - low);
      loss_a = loss(a);
    } else {
      low = a;
      a = b;
      loss_a = loss_b;
      b = low + ratio * (high - low);
      loss_b = loss(b);
    }
  }
  return std::exp((low + high) / 2.0);
}

}  // namespace

std::vector<double> CentroidClassifier::probabilities(std::span<const float> values,
                                                      ThreadPool& pool) const {
  const std::size_t rows = values.size() / dimensions;
  std::vector<double> out(rows * classes);
  constexpr std::size_t kRowsAPart = 64;
  pool.run((rows + kRowsAPart - 1) / kRowsAPart, [&](std::size_t part, int) {
    const std::size_t end = std::min(rows, (part + 1) * kRowsAPart);
    for (std::size_t row = part * kRowsAPart; row < end; ++row) {
      const float* const x = values.data() + row * dimensions;
      const double length = length_of(x, dimensions);
      const double scale = length > 0.0 ? 1.0 / (length * temperature) : 0.0;
      const std::span<double> z(out.data() + row * classes, classes);
      for (std::size_t k = 0; k < classes; ++k)
        z[k] = scale *
               static_cast<double>(kernels::dot(x, centroids.data() + k * dimensions, dimensions));
      softmax(z);
    }
  });
  return out;
}

CentroidClassifier fit_centroids(const LabelledVectors& data) {
  const std::vector<std::size_t> counts = data.checked_counts();
  const std::size_t d = data.dimensions;
  std::vector<float> unit(data.values.begin(), data.values.end());
  make_unit(unit, d);
  std::vector<double> sums(data.classes * d);
  for (std::size_t row = 0; row < data.rows(); ++row)
    for (std::size_t i = 0; i < d; ++i)
      sums[data.labels[row] * d + i] += static_cast<double>(unit[row * d + i]);
  const LeftOut left_out = leave_one_out(unit, sums, data, counts);
  return centroids_of(std::vector<float>(sums.begin(), sums.end()), d,
                      best_temperature(left_out, data.classes));
}

CentroidClassifier centroids_of(std::span<const float> values, std::size_t dimensions,
                                double temperature) {
  if (!(temperature > 0.0) || !std::isfinite(temperature))
    fail(ErrorKind::bad_input, "temperature {}: it must be above 0", temperature);
  CentroidClassifier out;
  out.dimensions = dimensions;
  out.classes = values.size() / dimensions;
  out.centroids.assign(values.begin(), values.end());
  make_unit(out.centroids, dimensions);
  out.temperature = temperature;
  return out;
}

}  // namespace kindred::estimators
