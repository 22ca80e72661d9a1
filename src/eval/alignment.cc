#include "eval/alignment.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace kindred::eval {
namespace {

constexpr double kT = 2.0;

std::vector<float> unit_rows(std::span<const float> x, std::size_t dimensions) {
  std::vector<float> rows(x.begin(), x.end());
  for (std::size_t begin = 0; begin < rows.size(); begin += dimensions) {
    double squares = 0.0;
    for (std::size_t i = 0; i < dimensions; ++i)
      squares += static_cast<double>(rows[begin + i]) * rows[begin + i];
    const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (std::size_t i = 0; i < dimensions; ++i)
      rows[begin + i] = static_cast<float>(rows[begin + i] * scale);
  }
  return rows;
}

double squared_distance(const float* a, const float* b, std::size_t dimensions) {
  // Several sums, so that the compiler may add them side by side.
  float sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= dimensions; i += 8)
    for (std::size_t j = 0; j < 8; ++j) sums[j] += (a[i + j] - b[i + j]) * (a[i + j] - b[i + j]);
  double sum = 0.0;
  for (; i < dimensions; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  for (const float part : sums) sum += part;
  return sum;
}

}  // namespace

double alignment(std::span<const float> x, std::span<const float> y, std::size_t dimensions) {
  require(dimensions > 0 && x.size() == y.size() && x.size() % dimensions == 0,
          "vectors of unequal number");
  if (x.empty()) return 0.0;
  const std::vector<float> a = unit_rows(x, dimensions);
  const std::vector<float> b = unit_rows(y, dimensions);
  double sum = 0.0;
  for (std::size_t begin = 0; begin < a.size(); begin += dimensions)
    sum += squared_distance(a.data() + begin, b.data() + begin, dimensions);
  return sum * static_cast<double>(dimensions) / static_cast<double>(a.size());
}

double uniformity(std::span<const float> x, std::size_t dimensions) {
  require(dimensions > 0 && x.size() % dimensions == 0, "vectors that are cut");
  const std::vector<float> rows = unit_rows(x, dimensions);
  const std::size_t n = rows.size() / dimensions;
  if (n < 2) return 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      sum += std::exp(-kT * squared_distance(rows.data() + i * dimensions,
                                             rows.data() + j * dimensions, dimensions));
  return std::log(sum / (0.5 * static_cast<double>(n) * static_cast<double>(n - 1)));
}

}  // namespace kindred::eval
