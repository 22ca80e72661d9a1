#include "estimators/metric_space.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/distance.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kRowsAPart = 1024;
// What a product of two rows, and the square of a length, may be wrong by, of |a|² + |b|²: 4,096
// roundings of 2⁻²⁴ in a tree of sixteen sums stay far below it.
constexpr float kRounding = 2e-5F;

// The largest magnitude of the values. Errors: bad_input.
float largest(const float* x, std::size_t rows, std::size_t d) {
  float most = 0.0F;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < d; ++i) {
      if (!std::isfinite(x[r * d + i]))
        fail(ErrorKind::bad_input,
             "row {} of the vectors has a value that is not finite; was it made by a damaged "
             "model, or divided by zero?",
             r);
      most = std::max(most, std::fabs(x[r * d + i]));
    }
  return most;
}

// The mean row, summed in one order.
std::vector<double> mean_of(const float* x, std::size_t rows, std::size_t d) {
  std::vector<double> mean(d);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < d; ++i) mean[i] += x[r * d + i];
  for (double& m : mean) m /= static_cast<double>(rows);
  return mean;
}

double square_of(const float* x, std::size_t d) {
  double square = 0.0;
  for (std::size_t i = 0; i < d; ++i) square += static_cast<double>(x[i]) * x[i];
  return square;
}

}  // namespace

Distance parse_distance(std::string_view name) {
  if (name == "cosine") return Distance::cosine;
  if (name == "euclidean") return Distance::euclidean;
  fail(ErrorKind::bad_input, "no distance is called '{}'; there are cosine and euclidean", name);
}

MetricSpace::MetricSpace(const float* x, std::size_t rows, std::size_t dimensions,
                         Distance distance, ThreadPool& pool)
    : distance_(distance), width_(dimensions), squares_(rows) {
  require(dimensions > 0, "vectors of at least one dimension");
  const float most = largest(x, rows, dimensions);
  std::vector<double> shift(dimensions);
  double scale = 1.0;
  bool zeros = false;
  if (distance == Distance::euclidean) {
    if (rows > 0) shift = mean_of(x, rows, dimensions);
    int exponent = 0;
    if (most > 0.0F) std::frexp(most, &exponent);
    if (exponent < -20 || exponent > 20) scale = std::ldexp(1.0, -exponent);
    unscale_ = static_cast<float>(1.0 / scale);
  } else {
    for (std::size_t r = 0; r < rows && !zeros; ++r)
      zeros = square_of(x + r * dimensions, dimensions) == 0.0;
    if (zeros) ++width_;
  }
  values_.resize(rows * width_);
  pool.run((rows + kRowsAPart - 1) / kRowsAPart, [&](std::size_t part, int) {
    const std::size_t end = std::min((part + 1) * kRowsAPart, rows);
    for (std::size_t r = part * kRowsAPart; r < end; ++r) {
      const float* from = x + r * dimensions;
      float* to = values_.data() + r * width_;
      double factor = scale;
      if (distance == Distance::cosine) {
        const double square = square_of(from, dimensions);
        factor = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
        if (square == 0.0) to[dimensions] = 1.0F;
      }
      for (std::size_t i = 0; i < dimensions; ++i)
        to[i] = static_cast<float>((from[i] - shift[i]) * factor);
      squares_[r] = kernels::dot(to, to, width_);
    }
  });
}

float MetricSpace::of_square(float squared) const noexcept {
  if (distance_ == Distance::cosine) return squared / 2.0F;
  return std::sqrt(squared) * unscale_;
}

float MetricSpace::between(std::size_t i, std::size_t j) const {
  return of_square(kernels::squared_l2(row(i), row(j), width_));
}

float MetricSpace::at_least(std::size_t i, std::size_t j, float product) const noexcept {
  const float squares = squares_[i] + squares_[j];
  return of_square(std::max(0.0F, squares - 2.0F * product - kRounding * squares));
}

}  // namespace kindred::estimators
