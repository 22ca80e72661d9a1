#include "estimators/probability_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"

namespace kindred::estimators {
namespace {

constexpr double kLevel = 0.95;

void check(std::span<const double> p, std::span<const std::uint8_t> truth) {
  require(!p.empty() && p.size() == truth.size(), "probabilities and truths: lengths");
}

// NumPy's percentile of sorted values, linear between them.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

struct BinSums {
  double count = 0.0;
  double probability = 0.0;
  double truth = 0.0;

  void add(const BinSums& other) {
    count += other.count;
    probability += other.probability;
    truth += other.truth;
  }
};

double error_of(std::span<const BinSums> bins) {
  double gaps = 0.0;
  double count = 0.0;
  for (const BinSums& bin : bins) {
    gaps += std::abs(bin.probability - bin.truth);
    count += bin.count;
  }
  return count > 0.0 ? gaps / count : 0.0;
}

// What each group gives to each bin that it reaches.
struct GroupSums {
  std::vector<std::uint32_t> begin;  // groups + 1
  std::vector<std::uint32_t> bin;
  std::vector<BinSums> sums;
};

GroupSums sum_by_group(std::span<const double> p, std::span<const std::uint8_t> truth,
                       std::span<const std::uint32_t> groups,
                       const std::vector<std::uint32_t>& bins) {
  std::vector<std::uint32_t> order(p.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return groups[a] != groups[b] ? groups[a] < groups[b] : bins[a] < bins[b];
  });
  GroupSums all;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t at = order[i];
    const bool new_group = i == 0 || groups[at] != groups[order[i - 1]];
    if (new_group) all.begin.push_back(static_cast<std::uint32_t>(all.bin.size()));
    if (new_group || bins[at] != all.bin.back()) {
      all.bin.push_back(bins[at]);
      all.sums.emplace_back();
    }
    all.sums.back().add({1.0, p[at], truth[at] != 0 ? 1.0 : 0.0});
  }
  all.begin.push_back(static_cast<std::uint32_t>(all.bin.size()));
  return all;
}

}  // namespace

double log_loss(std::span<const double> p, std::span<const std::uint8_t> truth) {
  check(p, truth);
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  double sum = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double q = std::clamp(p[i], kLeast, 1.0 - kLeast);
    sum -= truth[i] != 0 ? std::log(q) : std::log1p(-q);
  }
  return sum / static_cast<double>(p.size());
}

double brier_score(std::span<const double> p, std::span<const std::uint8_t> truth) {
  check(p, truth);
  double sum = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double gap = p[i] - (truth[i] != 0 ? 1.0 : 0.0);
    sum += gap * gap;
  }
  return sum / static_cast<double>(p.size());
}

std::vector<std::uint32_t> bins_of(std::span<const double> p, Binning binning, std::size_t bins) {
  require(bins > 0, "calibration error: bins");
  std::vector<double> edges;  // between the bins
  std::vector<double> sorted;
  if (binning == Binning::equal_mass) {
    sorted.assign(p.begin(), p.end());
    std::sort(sorted.begin(), sorted.end());
  }
  for (std::size_t b = 1; b < bins; ++b) {
    const double share = static_cast<double>(b) / static_cast<double>(bins);
    edges.push_back(binning == Binning::equal_mass ? quantile(sorted, share) : share);
  }
  std::vector<std::uint32_t> out;
  out.reserve(p.size());
  for (const double value : p)
    out.push_back(static_cast<std::uint32_t>(std::lower_bound(edges.begin(), edges.end(), value) -
                                             edges.begin()));
  return out;
}

double expected_calibration_error(std::span<const double> p, std::span<const std::uint8_t> truth,
                                  Binning binning, std::size_t bins) {
  check(p, truth);
  const std::vector<std::uint32_t> bin = bins_of(p, binning, bins);
  std::vector<BinSums> sums(bins);
  for (std::size_t i = 0; i < p.size(); ++i)
    sums[bin[i]].add({1.0, p[i], truth[i] != 0 ? 1.0 : 0.0});
  return error_of(sums);
}

Estimate calibration_error_interval(std::span<const double> p, std::span<const std::uint8_t> truth,
                                    std::span<const std::uint32_t> groups, Binning binning,
                                    const BootstrapOptions& options) {
  require(groups.size() == p.size(), "calibration error: a group a pair");
  Estimate estimate;
  estimate.value = expected_calibration_error(p, truth, binning, options.bins);
  const GroupSums all = sum_by_group(p, truth, groups, bins_of(p, binning, options.bins));
  const std::size_t count = all.begin.size() - 1;
  Random random(options.seed);
  std::vector<double> errors;
  std::vector<BinSums> sums(options.bins);
  for (std::size_t s = 0; s < options.samples; ++s) {
    std::fill(sums.begin(), sums.end(), BinSums());
    for (std::size_t draw = 0; draw < count; ++draw) {
      const std::uint64_t group = random.below(count);
      for (std::uint32_t i = all.begin[group]; i < all.begin[group + 1]; ++i)
        sums[all.bin[i]].add(all.sums[i]);
    }
    errors.push_back(error_of(sums));
  }
  if (errors.empty()) errors.push_back(estimate.value);
  std::sort(errors.begin(), errors.end());
  estimate.low = std::max(0.0, 2.0 * estimate.value - quantile(errors, (1.0 + kLevel) / 2.0));
  estimate.high =
      std::clamp(2.0 * estimate.value - quantile(errors, (1.0 - kLevel) / 2.0), estimate.low, 1.0);
  return estimate;
}

}  // namespace kindred::estimators
