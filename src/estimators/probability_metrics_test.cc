#include "estimators/probability_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/file.h"

namespace kindred::estimators {
namespace {

using Doubles = std::vector<double>;
using Labels = std::vector<std::uint8_t>;

TEST(ProbabilityMetrics, AreScikitLearns) {
  const auto all = nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/calibration/curves.json"));
  ASSERT_GE(all["metrics"].size(), 15U);
  for (const auto& m : all["metrics"]) {
    SCOPED_TRACE(m["name"].get<std::string>());
    const Doubles p = m["p"];
    const Labels truth = m["truth"];
    EXPECT_NEAR(log_loss(p, truth), m["log_loss"].get<double>(), 1e-9);
    EXPECT_NEAR(brier_score(p, truth), m["brier"].get<double>(), 1e-12);
    EXPECT_NEAR(expected_calibration_error(p, truth, Binning::equal_width),
                m["ece_uniform"].get<double>(), 1e-12);
    EXPECT_NEAR(expected_calibration_error(p, truth, Binning::equal_mass),
                m["ece_quantile"].get<double>(), 1e-12);
  }
}

TEST(ProbabilityMetrics, ZeroAndOneAreNoInfinity) {
  EXPECT_LT(log_loss(Doubles{0.0, 1.0}, Labels{1, 0}), 40.0);
  EXPECT_NEAR(log_loss(Doubles{0.0, 1.0}, Labels{0, 1}), 0.0, 1e-15);
}

TEST(ProbabilityMetrics, EqualProbabilitiesShareABin) {
  const std::vector<std::uint32_t> bins =
      bins_of(Doubles{0.5, 0.5, 0.5, 0.5, 0.9}, Binning::equal_mass, 4);
  EXPECT_EQ(std::count(bins.begin(), bins.end(), bins[0]), 4);
}

// 400 pairs of 100 queries whose pairs go together, in a world whose error is known.
double share_covered(double shift, double error) {
  int covered = 0;
  constexpr int kWorlds = 100;
  for (int world = 0; world < kWorlds; ++world) {
    Random random(static_cast<std::uint64_t>(world) + 1);
    Doubles p;
    Labels truth;
    std::vector<std::uint32_t> groups;
    for (std::uint32_t group = 0; group < 200; ++group) {
      const double q = 0.2 + 0.6 * random.uniform();
      for (int i = 0; i < 3; ++i) {
        p.push_back(q + shift);
        truth.push_back(random.uniform() < q ? 1 : 0);
        groups.push_back(group);
      }
    }
    BootstrapOptions options;
    options.samples = 200;
    options.bins = 5;
    const Estimate e = calibration_error_interval(p, truth, groups, Binning::equal_mass, options);
    covered += e.low <= error + 1e-12 && error <= e.high ? 1 : 0;
  }
  return static_cast<double>(covered) / kWorlds;
}

TEST(ProbabilityMetrics, TheIntervalHoldsTheTruth) {
  EXPECT_GE(share_covered(0.15, 0.15), 0.88);
  // Of honest probabilities the figure is never 0; its interval reaches down to it, if less often.
  EXPECT_GE(share_covered(0.0, 0.0), 0.65);
}

TEST(ProbabilityMetrics, GroupsChangeTheIntervalNotTheFigure) {
  Doubles p(400, 0.5);
  Labels truth(400);
  std::vector<std::uint32_t> alone(400), together(400);
  for (std::uint32_t i = 0; i < 400; ++i) {
    alone[i] = i;
    together[i] = i / 40;  // ten queries whose pairs all have one label
    truth[i] = together[i] < 3 ? 1 : 0;
  }
  const auto interval = [&](const std::vector<std::uint32_t>& groups) {
    return calibration_error_interval(p, truth, groups, Binning::equal_width);
  };
  EXPECT_EQ(interval(alone).value, interval(together).value);
  const auto width = [](const Estimate& e) { return e.high - e.low; };
  EXPECT_GT(width(interval(together)), 3.0 * width(interval(alone)));
}

}  // namespace
}  // namespace kindred::estimators
