#include "eval/significance.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"

namespace kindred::eval {
namespace {

using Values = std::vector<double>;

nlohmann::json golden() {
  return nlohmann::json::parse(
      io::read_text_file(KINDRED_TEST_DATA "/golden/eval/significance.json"));
}

// Of scipy.stats.bootstrap's, up to what another draw of resamples makes of it.
void expect_near(const Interval& interval, const nlohmann::json& expected) {
  const Values ends = expected.get<Values>();
  const double margin = 0.06 * (ends[1] - ends[0]);
  EXPECT_NEAR(interval.low, ends[0], margin);
  EXPECT_NEAR(interval.high, ends[1], margin);
}

TEST(Significance, PairedTestsAreThoseOfScipy) {
  std::size_t exact = 0;
  const nlohmann::json cases = golden();
  for (const auto& c : cases["paired"]) {
    const auto a = c["a"].get<Values>();
    const auto b = c["b"].get<Values>();
    const PairedTest test = compare_paired(a, b, 20000);
    EXPECT_NEAR(test.difference, c["difference"].get<double>(), 1e-12);
    EXPECT_EQ(test.better + test.worse, c["differing"].get<std::size_t>());
    const auto p = c["p"].get<double>();
    if (c["exact"].get<bool>()) {
      EXPECT_NEAR(test.p, p, 1e-12);
      ++exact;
    } else {
      EXPECT_NEAR(test.p, p, 4.0 * std::sqrt(p * (1.0 - p) / 20000.0) + 1e-4);
    }
    expect_near(test.interval, c["interval"]);
    expect_near(bootstrap_mean(a, 0.95, 10000), c["mean_interval"]);
  }
  EXPECT_GE(exact, 4U);
}

TEST(Significance, ThePOfFewDifferencesIsExactAndOfManyNeverZero) {
  EXPECT_EQ(compare_paired(Values{0, 0, 0, 5}, Values{1, 1, 1, 5}).p, 0.25);  // 2 of 2^3
  const Values a(17, 0.0);
  const Values b(17, 1.0);
  const PairedTest test = compare_paired(a, b, 100);
  EXPECT_EQ(test.p, 1.0 / 101.0);
  EXPECT_EQ(test.better, 17U);
  EXPECT_EQ(test.worse, 0U);
  // .1 + .2 - .3 is not quite 0, and counts as if it were.
  EXPECT_EQ(compare_paired(Values{0, 0, 0, 0}, Values{0.1, 0.2, -0.3, 0.7}).p, 0.625);
}

TEST(Significance, NothingToCompare) {
  const PairedTest none = compare_paired({}, {});
  EXPECT_EQ(none.p, 1.0);
  EXPECT_EQ(none.difference, 0.0);
  EXPECT_EQ(compare_paired(Values{1, 2}, Values{1, 2}).p, 1.0);
  EXPECT_EQ(bootstrap_mean({}).high, 0.0);
  const Interval one = bootstrap_mean(Values{0.5});
  EXPECT_EQ(one.low, 0.5);
  EXPECT_EQ(one.high, 0.5);
  EXPECT_KINDRED_ERROR(compare_paired(Values{1}, Values{}), ErrorKind::internal, "unequal");
}

TEST(Significance, TheSeedDecides) {
  Values values;
  for (int i = 0; i < 50; ++i) values.push_back(std::sin(i));
  const Interval one = bootstrap_mean(values, 0.9, 500, 7);
  const Interval same = bootstrap_mean(values, 0.9, 500, 7);
  EXPECT_EQ(one.low, same.low);
  EXPECT_EQ(one.high, same.high);
  EXPECT_NE(one.low, bootstrap_mean(values, 0.9, 500, 8).low);
  EXPECT_LT(bootstrap_mean(values, 0.99).low, bootstrap_mean(values, 0.5).low);
}

TEST(Significance, IntervalsHoldTheMeanAsOftenAsTheySay) {
  Random random(3);
  std::size_t held = 0;
  constexpr std::size_t kTrials = 400;
  for (std::size_t trial = 0; trial < kTrials; ++trial) {
    Values values;
    for (int i = 0; i < 60; ++i) values.push_back(random.uniform());
    const Interval interval = bootstrap_mean(values, 0.9, 400, trial);
    held += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_GT(held, kTrials * 85 / 100);
  EXPECT_LT(held, kTrials * 95 / 100);
}

TEST(Significance, HolmIsThatOfStatsmodels) {
  const nlohmann::json cases = golden();
  for (const auto& c : cases["holm"]) {
    const Values corrected = holm(c["p"].get<Values>());
    const auto expected = c["corrected"].get<Values>();
    ASSERT_EQ(corrected.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(corrected[i], expected[i], 1e-12);
  }
  EXPECT_TRUE(holm({}).empty());
}

TEST(Significance, PercentilesByTheNearestRank) {
  const Values ten = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(percentile(ten, 0.0), 1.0);
  EXPECT_EQ(percentile(ten, 0.5), 5.0);
  EXPECT_EQ(percentile(ten, 0.51), 6.0);
  EXPECT_EQ(percentile(ten, 0.99), 10.0);
  EXPECT_EQ(percentile(ten, 1.0), 10.0);
  EXPECT_EQ(percentile(Values{3}, 0.5), 3.0);
  EXPECT_EQ(percentile({}, 0.5), 0.0);
  Values twenty;
  for (int i = 1; i <= 20; ++i) twenty.push_back(i);
  EXPECT_EQ(percentile(twenty, 0.95), 19.0);
  EXPECT_EQ(percentile(twenty, 0.15), 3.0);
}

}  // namespace
}  // namespace kindred::eval
