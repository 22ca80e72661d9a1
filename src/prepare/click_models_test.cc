// By simulated people whose way of clicking is not the estimator's own, and whose likings are
// known.
#include "prepare/click_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numeric>

#include "prepare/click_simulator.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

struct Data {
  Simulation simulation;
  SimulationOptions options;
  ClickSample sample;
};

Data simulate(const SimulationOptions& options, std::size_t searches) {
  Data data{Simulation(options), options, {}};
  data.sample.pairs = options.queries * options.items;
  Random random = Random(options.seed).split(3);
  for (std::size_t s = 0; s < searches; ++s) {
    const SimulatedSearch search = data.simulation.search(random);
    for (std::size_t i = 0; i < search.items.size(); ++i) {
      data.sample.pair.push_back(
          static_cast<std::uint32_t>(search.query * options.items + search.items[i]));
      data.sample.position.push_back(static_cast<std::uint16_t>(i + 1));
      data.sample.clicked.push_back(search.clicked[i]);
    }
    data.sample.begin.push_back(data.sample.pair.size());
    data.sample.held_out.push_back(mix(s) % 10 == 0 ? 1 : 0);
  }
  return data;
}

// nDCG@10 of the items that were shown, ordered by `score`, in the mean of the queries.
double ndcg(const Data& data, const std::vector<double>& score) {
  std::vector<char> shown(data.sample.pairs);
  for (const std::uint32_t pair : data.sample.pair) shown[pair] = 1;
  double total = 0.0;
  std::size_t count = 0;
  for (std::size_t q = 0; q < data.options.queries; ++q) {
    std::vector<std::pair<double, double>> items;  // score, gain
    for (std::size_t i = 0; i < data.options.items; ++i) {
      const std::size_t pair = q * data.options.items + i;
      if (shown[pair])
        items.emplace_back(-score[pair], std::exp2(data.simulation.grade(q, i)) - 1.0);
    }
    if (items.size() < 2) continue;
    const auto dcg = [](const auto& list) {
      double value = 0.0;
      for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 10); ++i)
        value += list[i].second / std::log2(static_cast<double>(i) + 2.0);
      return value;
    };
    std::stable_sort(items.begin(), items.end());
    const double got = dcg(items);
    std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.second > b.second; });
    const double best = dcg(items);
    if (best == 0.0) continue;
    total += got / best;
    ++count;
  }
  return total / static_cast<double>(count);
}

std::vector<double> relevance(const ClickModel& model, const ClickSample& sample) {
  std::vector<double> scores;
  for (const PairEstimate& pair : estimate_pairs(model, sample, true))
    scores.push_back(pair.relevance());
  return scores;
}

std::vector<double> raw_clicks(const ClickSample& sample) {
  std::vector<double> clicks(sample.pairs);
  for (std::size_t i = 0; i < sample.pair.size(); ++i) clicks[sample.pair[i]] += sample.clicked[i];
  return clicks;
}

std::vector<double> click_rates(const ClickSample& sample) {
  std::vector<double> clicks = raw_clicks(sample), shown(sample.pairs);
  for (const std::uint32_t pair : sample.pair) shown[pair] += 1.0;
  for (std::size_t p = 0; p < clicks.size(); ++p) clicks[p] /= std::max(shown[p], 1.0);
  return clicks;
}

struct Outcome {
  ClickModelChoice choice;
  double by_clicks, by_rate, by_model;
};

Outcome outcome_of(SimulatedClicks model, double variation, std::size_t searches) {
  SimulationOptions options;
  options.model = model;
  options.variation = variation;
  const Data data = simulate(options, searches);
  Outcome outcome{choose_click_model(data.sample), 0.0, 0.0, 0.0};
  const ClickModel& best = outcome.choice.models[static_cast<std::size_t>(outcome.choice.best)];
  outcome.by_clicks = ndcg(data, raw_clicks(data.sample));
  outcome.by_rate = ndcg(data, click_rates(data.sample));
  outcome.by_model = ndcg(data, relevance(best, data.sample));
  return outcome;
}

struct Case {
  SimulatedClicks people;
  double variation;
  ClickModelKind chosen;
  double better;  // than the better one of clicks and click rates, in nDCG@10
};

class ClickModelsOf : public testing::TestWithParam<Case> {};

// Measured (20,000 searches of 200 queries): see docs/click-logs.md.
TEST_P(ClickModelsOf, RankBetterThanClicksWhoeverClicks) {
  const Case& c = GetParam();
  const Outcome outcome = outcome_of(c.people, c.variation, 20'000);
  EXPECT_EQ(to_string(outcome.choice.best), to_string(c.chosen));
  EXPECT_GT(outcome.by_model, std::max(outcome.by_clicks, outcome.by_rate) + c.better)
      << "clicks " << outcome.by_clicks << ", rates " << outcome.by_rate;
}

INSTANTIATE_TEST_SUITE_P(
    People, ClickModelsOf,
    testing::Values(Case{SimulatedClicks::position, 0.5, ClickModelKind::position, 0.05},
                    Case{SimulatedClicks::position, 0.0, ClickModelKind::cascade, 0.005},
                    Case{SimulatedClicks::cascade, 0.5, ClickModelKind::cascade, 0.05},
                    Case{SimulatedClicks::cascade, 0.0, ClickModelKind::cascade, 0.03},
                    Case{SimulatedClicks::dbn, 0.5, ClickModelKind::cascade, 0.04},
                    Case{SimulatedClicks::dbn, 0.0, ClickModelKind::cascade, 0.02},
                    Case{SimulatedClicks::browsing, 0.5, ClickModelKind::browsing, 0.04},
                    Case{SimulatedClicks::browsing, 0.0, ClickModelKind::cascade, 0.02}));

TEST(ClickModels, FindTheChanceToBeLookedAtBothWays) {
  SimulationOptions options;
  const Data data = simulate(options, 100'000);
  const ClickModel fitted = fit_click_model(ClickModelKind::position, data.sample);
  const std::vector<double> harvested = harvest_position_bias(data.sample, options.shown);
  for (std::size_t position = 1; position <= options.shown; ++position) {
    EXPECT_NEAR(fitted.examined[position - 1], simulated_examination(position), 0.02) << position;
    EXPECT_NEAR(harvested[position - 1], simulated_examination(position), 0.02) << position;
  }
  EXPECT_EQ(choose_click_model(data.sample).confidence(), ClickModelChoice::Confidence::high);
}

TEST(ClickModels, SayThatPositionsWithoutVariationTeachNothing) {
  SimulationOptions options;
  options.variation = 0.0;
  const ClickModelChoice choice = choose_click_model(simulate(options, 5'000).sample);
  EXPECT_FALSE(choice.fitted[static_cast<std::size_t>(ClickModelKind::position)]);
  EXPECT_TRUE(choice.harvested.empty());
  EXPECT_EQ(choice.confidence(), ClickModelChoice::Confidence::none);
  EXPECT_EQ(choice.variation.pairs, 0U);
}

TEST(ClickModels, LearnHowFarPeopleRead) {
  SimulationOptions options;
  options.model = SimulatedClicks::dbn;
  const ClickModel model =
      fit_click_model(ClickModelKind::cascade, simulate(options, 100'000).sample);
  EXPECT_NEAR(model.persistence, 0.9, 0.02);
}

TEST(ClickModels, TakeNothingAndOddSearches) {
  ClickSample sample;
  EXPECT_EQ(choose_click_model(sample).best, ClickModelKind::click_rate);
  // One search of one item, held out; positions beyond the last.
  sample.pair = {0};
  sample.position = {9999};
  sample.clicked = {1};
  sample.begin = {0, 1};
  sample.held_out = {1};
  sample.pairs = 1;
  const ClickModelChoice choice = choose_click_model(sample);
  for (const double p : relevance(choice.models[0], sample)) EXPECT_TRUE(p > 0.0 && p <= 1.0);
}

}  // namespace
}  // namespace kindred::prepare
