// How good probabilities are: log loss, Brier score, expected calibration error. Tested by
// probability_metrics_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kindred::estimators {

/// A figure with its 95 % interval.
struct Estimate {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// Mean of -log of the probability of what was so. Probabilities are kept 2^-52 off 0 and 1, as
/// scikit-learn's log_loss does. `p` and `truth` of one length, not empty (all functions here).
double log_loss(std::span<const double> p, std::span<const std::uint8_t> truth);

/// Mean of (p - truth)².
double brier_score(std::span<const double> p, std::span<const std::uint8_t> truth);

enum class Binning : std::uint8_t {
  equal_width,  ///< of [0, 1]
  equal_mass,   ///< by quantiles of p; equal ones share a bin
};

/// The bin of each p, as scikit-learn's calibration_curve takes them (uniform, quantile): a value
/// on an edge is in the lower bin.
std::vector<std::uint32_t> bins_of(std::span<const double> p, Binning binning, std::size_t bins);

/// Σ over the bins of their share of the pairs times |mean p - share that was true| (Naeini, Cooper
/// and Hauskrecht, 2015).
double expected_calibration_error(std::span<const double> p, std::span<const std::uint8_t> truth,
                                  Binning binning, std::size_t bins = 15);

struct BootstrapOptions {
  std::size_t bins = 15;
  std::size_t samples = 1000;
  std::uint64_t seed = 1;
};

/// With the interval of a bootstrap over groups (the pairs of one query are no independent pairs).
/// The figure is biased upwards, in resamples once more: the interval is the pivotal one, 2·value
/// less the resamples' quantiles, which takes both off; cut at 0. Of probabilities that are exactly
/// right it still reaches 0 in some seven of ten worlds only. `groups`: a number a pair.
Estimate calibration_error_interval(std::span<const double> p, std::span<const std::uint8_t> truth,
                                    std::span<const std::uint32_t> groups, Binning binning,
                                    const BootstrapOptions& options = {});

}  // namespace kindred::estimators
