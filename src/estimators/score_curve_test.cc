#include "estimators/score_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "kindred/error.h"

namespace kindred::estimators {
namespace {

nlohmann::json golden() {
  return nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/calibration/curves.json"));
}

using Doubles = std::vector<double>;
using Labels = std::vector<std::uint8_t>;

TEST(ScoreCurve, IsScikitLearns) {
  const nlohmann::json all = golden();
  ASSERT_GE(all["curves"].size(), 10U);
  for (const auto& c : all["curves"]) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const Doubles scores = c["scores"];
    const Labels relevant = c["relevant"];
    const Doubles weights = c.contains("weights") ? c["weights"].get<Doubles>() : Doubles();
    const Doubles at = c["at"];
    const ScoreCurve platt = fit_platt({scores, relevant, weights});
    const ScoreCurve isotonic = fit_isotonic({scores, relevant, weights});
    for (std::size_t i = 0; i < at.size(); ++i) {
      // scikit-learn stops its L-BFGS earlier than Newton's method ends.
      EXPECT_NEAR(platt.probability(at[i]), c["platt"][i].get<double>(), 2e-5) << at[i];
      EXPECT_NEAR(isotonic.probability(at[i]), c["isotonic"][i].get<double>(), 1e-12) << at[i];
    }
  }
}

TEST(ScoreCurve, PlattEndsWhereTheGradientIsZero) {
  const Doubles scores = {0.71, 0.75, 0.78, 0.8, 0.84, 0.9, 0.93};
  const Labels relevant = {0, 0, 1, 0, 1, 1, 1};
  const ScoreCurve c = fit_platt({scores, relevant});
  double slope = 0.0;
  double intercept = 0.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double target = relevant[i] != 0 ? 5.0 / 6.0 : 1.0 / 5.0;
    slope += (c.probability(scores[i]) - target) * scores[i];
    intercept += c.probability(scores[i]) - target;
  }
  EXPECT_NEAR(slope, 0.0, 1e-8);
  EXPECT_NEAR(intercept, 0.0, 1e-8);
}

TEST(ScoreCurve, FarScoresOverflowNothing) {
  const ScoreCurve c = fit_platt({Doubles{-1e6, -5e5, 5e5, 1e6}, Labels{0, 0, 1, 1}});
  EXPECT_GE(c.probability(-1e300), 0.0);
  EXPECT_LT(c.probability(-1e300), 1e-9);
  EXPECT_GT(c.probability(1e300), 1.0 - 1e-9);
  EXPECT_TRUE(std::isnan(c.probability(std::nan(""))));
}

TEST(ScoreCurve, RefusesWhatIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(fit_platt({Doubles{0.1, nan}, Labels{0, 1}}), Error);
  EXPECT_THROW(fit_isotonic({Doubles{0.1, infinity}, Labels{0, 1}}), Error);
  EXPECT_THROW(fit_platt({Doubles{0.1}, Labels{0, 1}}), Error);
  EXPECT_THROW(fit_platt({Doubles{}, Labels{}}), Error);
  EXPECT_THROW(fit_isotonic({Doubles{0.1, 0.2}, Labels{0, 1}, Doubles{1.0, -1.0}}), Error);
  EXPECT_THROW(fit_isotonic({Doubles{0.1, 0.2}, Labels{0, 1}, Doubles{0.0, 0.0}}), Error);
  EXPECT_THROW(parse_curve_method("beta"), Error);
}

}  // namespace
}  // namespace kindred::estimators
