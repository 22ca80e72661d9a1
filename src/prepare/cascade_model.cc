#include "prepare/cascade_model.h"

#include <algorithm>
#include <cmath>

namespace kindred::prepare {
namespace {

constexpr std::size_t kFitRounds = 40;
constexpr std::size_t kEstimateRounds = 25;
constexpr double kMost = 1.0 - 1e-6;

// Expected counts of one round of expectation maximisation.
struct Expected {
  std::vector<double> clicks, looked, satisfied;  // a pair each
  double read_on = 0.0, could = 0.0;              // where not satisfied and something follows

  explicit Expected(std::size_t pairs) : clicks(pairs), looked(pairs), satisfied(pairs) {}
};

class Search {
 public:
  Search(const ClickModel& model, const ClickSample& sample, const std::vector<PairEstimate>& pairs)
      : model_(model), sample_(sample), pairs_(pairs) {}

  void add(std::size_t search, Expected& expected) {
    const std::size_t begin = sample_.begin[search];
    const std::size_t size = sample_.begin[search + 1] - begin;
    std::size_t last = size;  // of the clicks
    for (std::size_t i = 0; i < size; ++i)
      if (sample_.clicked[begin + i] != 0) last = i;
    look_back(begin, size, last);
    // Down to the last click everything was looked at.
    double reading = 1.0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t pair = sample_.pair[begin + i];
      const bool clicked = sample_.clicked[begin + i] != 0;
      const bool follows = i + 1 < size;
      expected.looked[pair] += reading;
      if (clicked) expected.clicks[pair] += 1.0;
      if (last < size && i < last) {  // not satisfied, and read on
        expected.read_on += 1.0;
        expected.could += 1.0;
        continue;
      }
      const double gamma = model_.persistence;
      double unsatisfied = reading;  // and here
      double onward = 0.0;
      if (clicked) {
        const double s = pairs_[pair].satisfaction;
        const double below = follows ? (1.0 - gamma) + gamma * none_[i + 1] : 1.0;
        const double all = s + (1.0 - s) * below;
        expected.satisfied[pair] += s / all;
        unsatisfied = (1.0 - s) * below / all;
        onward = follows ? (1.0 - s) * gamma * none_[i + 1] / all : 0.0;
      } else if (follows) {
        onward = reading * gamma * none_[i + 1] / ((1.0 - gamma) + gamma * none_[i + 1]);
      }
      if (follows) {
        expected.could += unsatisfied;
        expected.read_on += onward;
      }
      reading = onward;
    }
  }

 private:
  // none_[i]: the chance of no click from i on for who looks at i, behind the last click.
  void look_back(std::size_t begin, std::size_t size, std::size_t last) {
    none_.assign(size + 1, 1.0);
    const std::size_t first = last < size ? last + 1 : 0;
    for (std::size_t i = size; i-- > first;) {
      const double further =
          i + 1 < size ? (1.0 - model_.persistence) + model_.persistence * none_[i + 1] : 1.0;
      none_[i] = (1.0 - pairs_[sample_.pair[begin + i]].attraction) * further;
    }
  }

  const ClickModel& model_;
  const ClickSample& sample_;
  const std::vector<PairEstimate>& pairs_;
  std::vector<double> none_;
};

Expected round_of(const ClickModel& model, const ClickSample& sample,
                  const std::vector<PairEstimate>& pairs, bool with_held_out) {
  Expected expected(sample.pairs);
  Search search(model, sample, pairs);
  for (std::size_t s = 0; s < sample.searches(); ++s)
    if (with_held_out || sample.held_out[s] == 0) search.add(s, expected);
  return expected;
}

void update_pairs(const ClickModel& model, const Expected& expected,
                  std::span<const std::uint16_t> means, std::vector<PairEstimate>& pairs) {
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    pairs[p].examined = expected.looked[p];
    pairs[p].attraction =
        std::min((expected.clicks[p] + model.prior * model.attraction[means[p] - 1U]) /
                     (expected.looked[p] + model.prior),
                 kMost);
    pairs[p].satisfaction = std::min((expected.satisfied[p] + model.prior * model.satisfaction) /
                                         (expected.clicks[p] + model.prior),
                                     kMost);
  }
}

double sum(const std::vector<double>& values) {
  double total = 0.0;
  for (const double value : values) total += value;
  return total;
}

std::vector<PairEstimate> start_of(const ClickModel& model, std::span<const std::uint16_t> means) {
  std::vector<PairEstimate> pairs(means.size());
  for (std::size_t p = 0; p < pairs.size(); ++p)
    pairs[p] = {model.attraction[means[p] - 1U], model.satisfaction, 0.0};
  return pairs;
}

}  // namespace

ClickModel fit_cascade(const ClickSample& sample) {
  ClickModel model;
  model.kind = ClickModelKind::cascade;
  model.persistence = 0.9;
  model.attraction.assign(kPositions, 0.1);
  const auto means = mean_positions(sample);
  std::vector<PairEstimate> pairs = start_of(model, means);
  for (std::size_t round = 0; round < kFitRounds; ++round) {
    const Expected expected = round_of(model, sample, pairs, false);
    const double clicks = sum(expected.clicks);
    std::vector<double> clicks_at(kPositions), looks_at(kPositions);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      clicks_at[means[p] - 1U] += expected.clicks[p];
      looks_at[means[p] - 1U] += expected.looked[p];
    }
    model.attraction = rates_by_position(clicks_at, looks_at);
    if (clicks > 0.0)
      model.satisfaction = std::clamp(sum(expected.satisfied) / clicks, 1e-3, 1.0 - 1e-3);
    if (expected.could > 0.0)
      model.persistence = std::clamp(expected.read_on / expected.could, 0.05, 1.0 - 1e-4);
    update_pairs(model, expected, means, pairs);
  }
  return model;
}

std::vector<PairEstimate> estimate_cascade(const ClickModel& model, const ClickSample& sample,
                                           bool with_held_out) {
  const auto means = mean_positions(sample);
  std::vector<PairEstimate> pairs = start_of(model, means);
  for (std::size_t round = 0; round < kEstimateRounds; ++round)
    update_pairs(model, round_of(model, sample, pairs, with_held_out), means, pairs);
  return pairs;
}

}  // namespace kindred::prepare
