// How sure a mean and a difference are. Tested by significance_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kindred::eval {

/// The value that `share` of the values are at most, by the nearest rank: the smallest for 0, the
/// largest for 1, the lower of two in the middle for .5. `sorted` ascending; 0 without values.
double percentile(std::span<const double> sorted, double share);

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// Of the mean, by the percentiles of means of `samples` resamples of the queries (Efron's
/// bootstrap). Deterministic by the seed. 0 and 0 for no values.
Interval bootstrap_mean(std::span<const double> values, double level = 0.95,
                        std::size_t samples = 2000, std::uint64_t seed = 1);

struct PairedTest {
  double difference = 0.0;  ///< mean of b − a
  Interval interval;        ///< bootstrap's, of the difference
  double p = 1.0;           ///< two-sided: how often signs by chance give so large a difference
  std::size_t better = 0;   ///< queries that b does better
  std::size_t worse = 0;
};

/// The same queries under two systems: the paired randomisation test (Smucker, Allan and
/// Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval
/// Evaluation", 2007), exact up to 16 differing queries, else by `samples` draws of signs, the
/// observed one counted among them, so that p is never 0. Errors: internal for unequal lengths.
PairedTest compare_paired(std::span<const double> a, std::span<const double> b,
                          std::size_t samples = 10000, std::uint64_t seed = 1);

/// The p of several comparisons, in their order, corrected for how many they are: Holm's step-down
/// procedure (1979). Where those below α are called differences, the chance that any of them is
/// none is at most α, however the comparisons depend on each other.
std::vector<double> holm(std::span<const double> p);

}  // namespace kindred::eval
