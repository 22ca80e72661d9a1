// Clusterings, classifications, geometry and languages beside scikit-learn's and SciPy's.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/correlation.h"
#include "eval/alignment.h"
#include "eval/classification.h"
#include "eval/clustering.h"
#include "eval/language_bias.h"
#include "io/file.h"

namespace kindred::eval {
namespace {

const nlohmann::json& golden() {
  static const auto read =
      nlohmann::json::parse(io::read_text_file(KINDRED_TEST_DATA "/golden/eval/scores.json"));
  return read;
}

template <typename T>
std::vector<T> list(const nlohmann::json& json) {
  return json.get<std::vector<T>>();
}

TEST(Scores, CorrelationsAreThoseOfScipy) {
  for (const auto& c : golden()["correlations"]) {
    const auto x = list<double>(c["x"]);
    const auto y = list<double>(c["y"]);
    EXPECT_NEAR(pearson(x, y), c["pearson"].get<double>(), 1e-12);
    EXPECT_NEAR(spearman(x, y), c["spearman"].get<double>(), 1e-12);
  }
}

TEST(Scores, ClusteringsAreThoseOfScikitLearn) {
  for (const auto& c : golden()["clusterings"]) {
    const auto agreement =
        compare_clusters(list<std::int64_t>(c["true"]), list<std::int64_t>(c["found"]));
    EXPECT_NEAR(agreement.homogeneity, c["homogeneity"].get<double>(), 1e-12);
    EXPECT_NEAR(agreement.completeness, c["completeness"].get<double>(), 1e-12);
    EXPECT_NEAR(agreement.v_measure, c["v_measure"].get<double>(), 1e-12);
    EXPECT_NEAR(agreement.adjusted_rand, c["adjusted_rand"].get<double>(), 1e-12) << c.dump();
  }
  EXPECT_EQ(compare_clusters({}, {}).v_measure, 1.0);
}

TEST(Scores, ClassificationsAreThoseOfScikitLearn) {
  for (const auto& c : golden()["classifications"]) {
    const auto truth = list<std::size_t>(c["true"]);
    const auto found = list<std::size_t>(c["found"]);
    const ClassificationScores scores = score_classes(truth, found);
    EXPECT_NEAR(scores.accuracy, c["accuracy"].get<double>(), 1e-12);
    EXPECT_NEAR(scores.macro_f1, c["macro_f1"].get<double>(), 1e-12);
    EXPECT_EQ(confusion(truth, found, c["classes"].get<std::size_t>()),
              list<std::vector<std::size_t>>(c["confusion"]));
  }
  EXPECT_EQ(score_classes({}, {}).accuracy, 0.0);
}

TEST(Scores, BitextMiningIsThatOfMteb) {
  for (const auto& c : golden()["bitexts"]) {
    const ClassificationScores scores =
        score_classes(list<std::size_t>(c["gold"]), list<std::size_t>(c["found"]));
    EXPECT_NEAR(scores.accuracy, c["accuracy"].get<double>(), 1e-12);
    EXPECT_NEAR(scores.weighted_f1, c["f1"].get<double>(), 1e-12);
    EXPECT_NEAR(scores.weighted_precision, c["precision"].get<double>(), 1e-12);
    EXPECT_NEAR(scores.weighted_recall, c["recall"].get<double>(), 1e-12);
  }
}

TEST(Scores, AlignmentAndUniformityAreThoseOfTheirPaper) {
  const auto& c = golden()["geometry"];
  const auto x = list<float>(c["x"]);
  const auto y = list<float>(c["y"]);
  const auto d = c["dimensions"].get<std::size_t>();
  EXPECT_NEAR(alignment(x, y, d), c["alignment"].get<double>(), 1e-6);
  EXPECT_NEAR(uniformity(x, d), c["uniformity"].get<double>(), 1e-6);
  EXPECT_EQ(alignment(x, x, d), 0.0);
  const std::vector<float> opposite = {3, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_NEAR(uniformity(opposite, 9), -8.0, 1e-6);  // distance 2
  EXPECT_EQ(uniformity(std::vector<float>{1, 2}, 2), 0.0);
}

TEST(Scores, LanguageBiasIsTheDivergenceFromThePool) {
  const auto& c = golden()["languages"];
  using Counts = std::map<std::string, std::size_t>;
  const auto pool = c["pool"].get<Counts>();
  const LanguageBias bias = language_bias(c["first"].get<Counts>(), pool);
  EXPECT_NEAR(bias.divergence, c["divergence"].get<double>(), 1e-12);
  ASSERT_EQ(bias.shares.size(), 3U);
  EXPECT_EQ(bias.shares[0].language, "en");
  EXPECT_EQ(bias.shares[0].found, 0.7);
  EXPECT_EQ(bias.shares[0].pool, 0.25);
  EXPECT_EQ(bias.shares[1].found, 0.0);
  EXPECT_NEAR(language_bias(pool, pool).divergence, 0.0, 1e-12);
  EXPECT_TRUE(std::isinf(language_bias({{"xx", 1}}, pool).divergence));
  EXPECT_TRUE(language_bias({}, pool).shares.empty());
}

}  // namespace
}  // namespace kindred::eval
