// How alike two series of numbers run. Tested by correlation_test.cc.
#pragma once

#include <span>

namespace kindred {

/// Pearson's correlation coefficient. NaN for fewer than two values, or where one side is constant.
/// `x` and `y` of one length.
double pearson(std::span<const double> x, std::span<const double> y);
/// Spearman's: Pearson's of the ranks, equal values having the mean of their ranks.
double spearman(std::span<const double> x, std::span<const double> y);

}  // namespace kindred
