#include "eval/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace kindred::eval {

Axis Axis::of(const std::vector<double>& values, int steps) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (least > most) return {};
  // Of equal values, and of such as differ by rounding alone, the middle.
  const double size = std::max({std::abs(least), std::abs(most), 1e-9});
  if (most - least < 1e-6 * size) {
    least -= 0.05 * size;
    most += 0.05 * size;
  }
  const double rough = (most - least) / steps;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  const double step = power * (digit <= 1.0 ? 1.0 : digit <= 2.0 ? 2.0 : digit <= 5.0 ? 5.0 : 10.0);
  return {std::floor(least / step + 1e-9) * step, std::ceil(most / step - 1e-9) * step, step};
}

std::vector<double> Axis::ticks() const {
  std::vector<double> all;
  const auto count = static_cast<int>(std::lround((high - low) / step));
  for (int i = 0; i <= count; ++i) all.push_back(low + i * step);
  return all;
}

std::string Axis::label(double tick) const {
  if (step >= 1e6 || step < 1e-6) return fmt::format("{:.2g}", tick);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  if (std::abs(tick) < 0.5 * step) tick = 0.0;  // no "-0.0"
  return fmt::format("{:.{}f}", tick, decimals);
}

}  // namespace kindred::eval
