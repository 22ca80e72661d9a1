// The round numbers on a plot's axis. Tested by report_test.cc.
#pragma once

#include <string>
#include <vector>

namespace kindred::eval {

/// From the first tick to the last, all round, about `steps` of them, around all values.
struct Axis {
  double low = 0.0;
  double high = 1.0;
  double step = 0.5;

  /// The values need not be in order; what is not finite is left out. Without any: 0 to 1.
  static Axis of(const std::vector<double>& values, int steps);
  std::vector<double> ticks() const;
  /// With as many decimals as the step needs.
  std::string label(double tick) const;
  /// 0 at `low`, 1 at `high`.
  double place(double value) const { return (value - low) / (high - low); }
};

}  // namespace kindred::eval
