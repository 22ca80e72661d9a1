// How sure a mean and a difference are. Tested by significance_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kindred::eval {

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
/// Evaluation", 2007), exact up to 16 differing queries. Errors: internal for unequal lengths.
PairedTest compare_paired(std::span<const double> a, std::span<const double> b,
                          std::size_t samples = 10000, std::uint64_t seed = 1);

}  // namespace kindred::eval
