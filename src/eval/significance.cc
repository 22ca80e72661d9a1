#include "eval/significance.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace kindred::eval {
namespace {

constexpr std::size_t kExact = 16;
constexpr std::size_t kResamples = 2000;  // more move an interval's ends by less than they mean
// Sums of the same numbers in another order, or with all signs turned, differ by rounding.
constexpr double kRounding = 1e-12;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Σ ±values, the signs from the bits, 64 values a word.
double signed_sum(std::span<const double> values, std::span<const std::uint64_t> signs) {
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // The sign is a bit of the number.
    const std::uint64_t flip = (signs[i / 64] >> (i % 64)) << 63;
    sum += std::bit_cast<double>(std::bit_cast<std::uint64_t>(values[i]) ^ flip);
  }
  return sum;
}

double exact_p(std::span<const double> differing, double limit) {
  const std::uint64_t all = std::uint64_t{1} << differing.size();
  std::uint64_t as_large = 0;
  for (std::uint64_t signs = 0; signs < all; ++signs)
    as_large += std::abs(signed_sum(differing, {&signs, 1})) >= limit ? 1 : 0;
  return static_cast<double>(as_large) / static_cast<double>(all);
}

double drawn_p(std::span<const double> differing, double limit, std::size_t samples,
               std::uint64_t seed) {
  Random random(seed);
  std::vector<std::uint64_t> signs((differing.size() + 63) / 64);
  std::size_t as_large = 1;
  for (std::size_t s = 0; s < samples; ++s) {
    for (std::uint64_t& word : signs) word = random();
    as_large += std::abs(signed_sum(differing, signs)) >= limit ? 1 : 0;
  }
  return static_cast<double>(as_large) / static_cast<double>(samples + 1);
}

}  // namespace

double percentile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return 0.0;
  const auto count = static_cast<double>(sorted.size());
  // .95 × 20 is a little more than 19 in floating point.
  const double rank = std::ceil(share * count - kRounding * count);
  return sorted[static_cast<std::size_t>(std::clamp(rank, 1.0, count)) - 1];
}

Interval bootstrap_mean(std::span<const double> values, double level, std::size_t samples,
                        std::uint64_t seed) {
  if (values.empty() || samples == 0) return {};
  Random random(seed);
  std::vector<double> means(samples);
  for (double& mean : means) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  const double tail = 0.5 * (1.0 - level);
  return {percentile(means, tail), percentile(means, 1.0 - tail)};
}

PairedTest compare_paired(std::span<const double> a, std::span<const double> b, std::size_t samples,
                          std::uint64_t seed) {
  require(a.size() == b.size(), "paired values of unequal number");
  PairedTest test;
  if (a.empty()) return test;
  std::vector<double> differences(a.size());
  std::vector<double> differing;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differences[i] = b[i] - a[i];
    test.better += differences[i] > 0.0 ? 1 : 0;
    test.worse += differences[i] < 0.0 ? 1 : 0;
    if (differences[i] != 0.0) differing.push_back(differences[i]);
  }
  test.difference = mean_of(differences);
  test.interval = bootstrap_mean(differences, 0.95, std::min(samples, kResamples), seed);
  const double sum = std::accumulate(differing.begin(), differing.end(), 0.0);
  double size = 0.0;
  for (const double difference : differing) size += std::abs(difference);
  const double limit = std::abs(sum) - kRounding * size;
  test.p = differing.size() <= kExact ? exact_p(differing, limit)
                                      : drawn_p(differing, limit, samples, seed);
  return test;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> corrected(p.size());
  double least = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    corrected[order[i]] = least;
  }
  return corrected;
}

}  // namespace kindred::eval
