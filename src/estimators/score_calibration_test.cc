#include "estimators/score_calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::estimators {
namespace {

// Scores in .7 to 1, as e5's; those of zh lie lower.
std::vector<ScoredPair> world(std::uint32_t queries, std::uint64_t seed) {
  std::vector<ScoredPair> pairs;
  Random random(seed);
  for (std::uint32_t q = 0; q < queries; ++q) {
    const std::string language = q % 2 == 0 ? "en" : "zh";
    for (int i = 0; i < 5; ++i) {
      const double score = 0.7 + 0.3 * random.uniform();
      const double middle = language == "en" ? 0.9 : 0.8;
      const double p = 1.0 / (1.0 + std::exp(-50.0 * (score - middle)));
      pairs.push_back({score, random.uniform() < p, q, language});
    }
  }
  return pairs;
}

CalibrationOptions quick() {
  CalibrationOptions options;
  options.bootstrap.samples = 100;
  return options;
}

TEST(ScoreCalibration, TurnsScoresIntoShares) {
  const auto pairs = world(600, 1);
  const ScoreCalibration c = fit_calibration(pairs, quick());
  EXPECT_EQ(c.curves.size(), 3U);
  EXPECT_NEAR(*c.probability(0.9, "en"), 0.5, 0.07);
  EXPECT_NEAR(*c.probability(0.8, "zh"), 0.5, 0.07);
  EXPECT_EQ(*c.probability(0.85, "fr"), *c.probability(0.85));
  ASSERT_EQ(c.figures.size(), 3U);
  for (const CalibrationFigures& f : c.figures) {
    EXPECT_LT(f.fitted.equal_mass.value, 0.06) << f.language;
    EXPECT_GT(f.score.equal_mass.value, 0.2) << f.language;
    EXPECT_LT(f.fitted.log_loss, f.score.log_loss);
  }
  EXPECT_EQ(c.figures[0].pairs, 3000U);
}

TEST(ScoreCalibration, CutOffsHaveTheirPrecisionOnOtherPairs) {
  const ScoreCalibration c = fit_calibration(world(600, 1), quick());
  const auto fresh = world(600, 2);
  ASSERT_EQ(c.cutoffs.size(), 9U);
  for (const PrecisionCutoff& cut : c.cutoffs) {
    if (!cut.score || cut.wanted > 0.96) continue;
    std::size_t kept = 0, relevant = 0;
    for (const ScoredPair& p : fresh) {
      if (p.score < *cut.score || (!cut.language.empty() && p.language != cut.language)) continue;
      ++kept;
      relevant += p.relevant ? 1 : 0;
    }
    const double precision = static_cast<double>(relevant) / static_cast<double>(kept);
    EXPECT_NEAR(precision, cut.wanted, 0.05) << cut.language;
    EXPECT_NEAR(precision, *cut.precision, 0.05) << cut.language;
    EXPECT_LT(cut.lower_bound, *cut.precision);
  }
  EXPECT_GT(*c.cutoffs[3].score, *c.cutoffs[6].score);  // en's above zh's
}

TEST(ScoreCalibration, FewPairsOfALanguageUseTheCommonCurve) {
  auto pairs = world(200, 1);
  pairs.push_back({0.9, true, 1000, "fr"});
  pairs.push_back({0.8, false, 1000, "fr"});
  const ScoreCalibration c = fit_calibration(pairs, quick());
  EXPECT_FALSE(c.curves.contains("fr"));
  EXPECT_TRUE(c.curves.contains("en"));
  EXPECT_EQ(*c.probability(0.9, "fr"), *c.probability(0.9, ""));
}

TEST(ScoreCalibration, ChoosesByHeldOutLoss) {
  // A step, which no logistic curve of three pairs in four right is.
  std::vector<ScoredPair> pairs;
  Random random(3);
  for (std::uint32_t q = 0; q < 2000; ++q) {
    const double score = random.uniform();
    pairs.push_back({score, random.uniform() < (score < 0.2 ? 0.05 : 0.6), q, ""});
  }
  EXPECT_EQ(fit_calibration(pairs, quick()).method, CurveMethod::isotonic);
  EXPECT_EQ(fit_calibration(world(60, 4), quick()).method, CurveMethod::platt);
  CalibrationOptions told = quick();
  told.method = CurveMethod::platt;
  EXPECT_EQ(fit_calibration(pairs, told).method, CurveMethod::platt);
}

TEST(ScoreCalibration, IsNeverSurerThanItsPairs) {
  std::vector<ScoredPair> pairs;
  for (std::uint32_t i = 0; i < 40; ++i) pairs.push_back({i / 40.0, i >= 20, i / 2, ""});
  for (const CurveMethod method : {CurveMethod::platt, CurveMethod::isotonic}) {
    CalibrationOptions options = quick();
    options.method = method;
    const ScoreCalibration c = fit_calibration(pairs, options);
    EXPECT_GE(*c.probability(-5.0), 1.0 / 42.0);
    EXPECT_LE(*c.probability(5.0), 41.0 / 42.0);
  }
}

TEST(ScoreCalibration, NeverFallsAndSaysWhy) {
  auto pairs = world(100, 1);
  for (ScoredPair& p : pairs) p.relevant = !p.relevant;
  for (const CurveMethod method : {CurveMethod::platt, CurveMethod::isotonic}) {
    CalibrationOptions options = quick();
    options.method = method;
    const ScoreCalibration c = fit_calibration(pairs, options);
    double before = 0.0;
    for (double s = 0.6; s < 1.1; s += 0.01) {
      EXPECT_GE(*c.probability(s, "en"), before);
      before = *c.probability(s, "en");
    }
    if (method == CurveMethod::platt) {
      EXPECT_FALSE(doubts_of(c, pairs).empty());
    }
  }
}

TEST(ScoreCalibration, EqualScoresGiveTheShare) {
  std::vector<ScoredPair> pairs;
  for (std::uint32_t i = 0; i < 300; ++i) pairs.push_back({0.83, i % 3 == 0, i, ""});
  const ScoreCalibration c = fit_calibration(pairs, quick());
  EXPECT_NEAR(*c.probability(0.83), 1.0 / 3.0, 0.01);
  EXPECT_EQ(doubts_of(c, pairs).size(), 1U);
  for (const PrecisionCutoff& cut : c.cutoffs) EXPECT_FALSE(cut.score);
}

TEST(ScoreCalibration, RefusesWhatItCannotFit) {
  const std::vector<ScoredPair> one_label = {{0.1, true, 0, ""}, {0.2, true, 1, ""}};
  EXPECT_KINDRED_ERROR(fit_calibration(one_label), ErrorKind::bad_input, "both kinds");
  const std::vector<ScoredPair> one_query = {{0.1, true, 0, ""}, {0.2, false, 0, ""}};
  EXPECT_KINDRED_ERROR(fit_calibration(one_query), ErrorKind::bad_input, "one query");
  std::vector<ScoredPair> nan = world(10, 1);
  nan[3].score = std::numeric_limits<double>::quiet_NaN();
  EXPECT_KINDRED_ERROR(fit_calibration(nan), ErrorKind::bad_input, "pair 3");
  EXPECT_KINDRED_ERROR(fit_calibration(std::vector<ScoredPair>{}), ErrorKind::bad_input, "0 pairs");
}

TEST(ScoreCalibration, TwoQueriesAreEnough) {
  const std::vector<ScoredPair> pairs = {
      {0.9, true, 0, "en"}, {0.2, false, 0, "en"}, {0.8, true, 1, "en"}, {0.3, false, 1, "en"}};
  const ScoreCalibration c = fit_calibration(pairs, quick());
  EXPECT_GT(*c.probability(0.9), *c.probability(0.2));
  EXPECT_EQ(doubts_of(c, pairs).size(), 1U);
}

TEST(ScoreCalibration, ReadsWhatItWrote) {
  const io::TempDirectory temp;
  for (const CurveMethod method : {CurveMethod::platt, CurveMethod::isotonic}) {
    CalibrationOptions options = quick();
    options.method = method;
    ScoreCalibration c = fit_calibration(world(200, 1), options);
    c.vector_space = "abc";
    c.model = "a model";
    const double rates[] = {0.01, 1e-5};
    c.random_cutoffs = random_cutoffs(world(200, 2), rates);
    c.save(temp.file("c.json"));
    const ScoreCalibration read = ScoreCalibration::load(temp.file("c.json"));
    EXPECT_EQ(read.to_json(), c.to_json());
    for (double s = 0.6; s < 1.1; s += 0.013)
      EXPECT_EQ(*read.probability(s, "zh"), *c.probability(s, "zh"));
    read.check_vector_space("abc", "c.json");
    EXPECT_KINDRED_ERROR(read.check_vector_space("def", "c.json"), ErrorKind::bad_input, "abc");
    EXPECT_KINDRED_ERROR(read.check_vector_space("def", "c.json"), ErrorKind::bad_input, "def");
  }
}

TEST(ScoreCalibration, TrustsNoFile) {
  CalibrationOptions options = quick();
  options.method = CurveMethod::isotonic;
  const std::string good = fit_calibration(world(100, 1), options).to_json();
  ScoreCalibration::from_json(good, "f");
  const auto damaged = [&](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json object = nlohmann::json::parse(good);
    object[nlohmann::json::json_pointer(pointer)] = value;
    EXPECT_KINDRED_ERROR(ScoreCalibration::from_json(object.dump(), "f"), ErrorKind::corrupt, "f");
  };
  damaged("/curves/0/probabilities/0", 0.99);  // falls
  damaged("/curves/0/probabilities/0", -0.1);
  damaged("/curves/0/scores/0", 7.0);  // does not ascend
  damaged("/curves/0/scores/0", "x");
  damaged("/curves/0/scores", nlohmann::json::array());
  damaged("/curves/0/least", 2.0);
  damaged("/curves/0/language", "de");  // no common curve
  damaged("/method", "magic");
  damaged("/vector_space", 3);
  damaged("/figures", "none");
  damaged("/kindred_score_calibration", "one");
  EXPECT_KINDRED_ERROR(ScoreCalibration::from_json("{}", "f"), ErrorKind::corrupt, "f");
  EXPECT_KINDRED_ERROR(ScoreCalibration::from_json("\xff\xfe", "f"), ErrorKind::corrupt, "f");
  nlohmann::json later = nlohmann::json::parse(good);
  later["kindred_score_calibration"] = 2;
  EXPECT_KINDRED_ERROR(ScoreCalibration::from_json(later.dump(), "f"), ErrorKind::unsupported,
                       "version 2");
}

TEST(RandomCutoffs, HoldTheirRate) {
  EXPECT_EQ(random_pairs_needed(0.001), 2995U);
  const double rates[] = {0.05, 0.01, 0.001};
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    std::vector<ScoredPair> pairs;
    for (std::uint32_t i = 0; i < 1000; ++i) pairs.push_back({random.uniform(), false, i, ""});
    const auto cuts = random_cutoffs(pairs, rates);
    ASSERT_EQ(cuts.size(), 3U);
    ASSERT_TRUE(cuts[1].score);
    EXPECT_GT(*cuts[1].score, 0.985);
    broken += 1.0 - *cuts[0].score > 0.05 ? 1 : 0;
    EXPECT_FALSE(cuts[2].score);  // 1,000 pairs are too few
  }
  EXPECT_LE(broken, 12);  // 5 expected
}

}  // namespace
}  // namespace kindred::estimators
