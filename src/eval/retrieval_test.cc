#include "eval/retrieval.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"

namespace kindred::eval {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

const std::string kGolden = KINDRED_TEST_DATA "/golden/trec/";

nlohmann::json golden(const std::string& name) {
  return nlohmann::json::parse(io::read_text_file(kGolden + name));
}

// Each of a golden file's queries and metrics, and no query more.
void expect_equal(const Run& run, const Judgements& judgements, const nlohmann::json& expected,
                  MeasureOptions options) {
  options.only_answered = true;
  std::size_t compared = 0;
  std::vector<std::string> queries;
  for (const auto& [query, values] : expected.items()) {
    queries.push_back(query);
    for (const auto& [name, value] : values.items()) {
      const Metric metric = Metric::parse(name);
      const Measured measured = measure(run, {{query, judgements.at(query)}}, {{metric}}, options);
      ASSERT_THAT(measured.queries, ElementsAre(query));
      EXPECT_NEAR(measured.values[0][0], value.get<double>(), 1e-12) << query << " " << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 300U);
  EXPECT_EQ(measure(run, judgements, default_metrics(), options).queries, queries);
}

TEST(Retrieval, ValuesAreThoseOfTrecEval) {
  const eval::Run run = read_trec_run(kGolden + "run.txt");
  const Judgements judgements = read_judgements(kGolden + "qrels.txt");
  EXPECT_EQ(read_judgements(kGolden + "qrels.tsv"), judgements);
  const auto expected = golden("expected.json");
  expect_equal(run, judgements, expected["1"], {});
  expect_equal(run, judgements, expected["2"], {.relevant_from = 2.0});
}

TEST(Retrieval, QueriesThatAreDocumentsCanBeTakenOut) {
  const eval::Run run = read_trec_run(kGolden + "identical_run.txt");
  const Judgements judgements = read_judgements(kGolden + "identical_qrels.txt");
  expect_equal(run, judgements, golden("identical.json")["1"], {.ignore_identical_ids = true});
}

std::vector<double> values_of(const Measured& measured) {
  std::vector<double> values;
  for (const auto& of : measured.values) values.push_back(of.at(0));
  return values;
}

TEST(Retrieval, ValuesByHand) {
  const eval::Run run{"r", {{"q", {{"a", 4.0}, {"x", 3.0}, {"b", 2.0}, {"n", 1.0}}}}};
  const Judgements judgements{{"q", {{"a", 1.0}, {"b", 0.5}, {"c", 2.0}, {"n", -3.0}}}};
  const std::vector<Metric> metrics = {Metric::parse("ndcg@3"),   Metric::parse("recall"),
                                       Metric::parse("map@10"),   Metric::parse("judged@2"),
                                       Metric::parse("judged@9"), Metric::parse("precision@8")};
  const double best = 2.0 + 1.0 / std::log2(3.0) + 0.25;
  EXPECT_THAT(
      values_of(measure(run, judgements, metrics)),
      ElementsAre(DoubleEq(1.25 / best), DoubleEq(2.0 / 3.0), DoubleEq((1.0 + 2.0 / 3.0) / 3.0),
                  DoubleEq(0.5), DoubleEq(0.75), DoubleEq(0.25)));
  // Less is relevant; gains stay.
  EXPECT_THAT(values_of(measure(run, judgements, metrics, {.relevant_from = 1.0})),
              ElementsAre(DoubleEq(1.25 / best), DoubleEq(0.5), DoubleEq(0.5), DoubleEq(0.5),
                          DoubleEq(0.75), DoubleEq(0.125)));
}

TEST(Retrieval, AQueryThatARunLacksCountsAsNothingFound) {
  const eval::Run run{"r", {{"q2", {{"a", 1.0}}}, {"unjudged", {{"a", 1.0}}}}};
  const Judgements judgements{
      {"q1", {{"a", 1.0}}}, {"q2", {{"a", 1.0}}}, {"none", {{"a", 0.0}}}, {"empty", {}}};
  const std::vector<Metric> metrics = {Metric::parse("recall@1")};
  const Measured all = measure(run, judgements, metrics);
  EXPECT_THAT(all.queries, ElementsAre("q1", "q2"));
  EXPECT_EQ(all.mean(0), 0.5);
  EXPECT_EQ(all.answered, 1U);
  const Measured answered = measure(run, judgements, metrics, {.only_answered = true});
  EXPECT_THAT(answered.queries, ElementsAre("q2"));
  EXPECT_EQ(answered.mean(0), 1.0);
  EXPECT_EQ(measure(run, {}, metrics).mean(0), 0.0);
}

TEST(Retrieval, MetricsHaveNames) {
  for (const char* name :
       {"ndcg@10", "recall@1", "precision", "map", "mrr@5", "hit_rate@1", "judged"})
    EXPECT_EQ(Metric::parse(name).name(), name);
  for (const char* name :
       {"", "@10", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@1x", "NDCG@10", "ndcg@99999999999"})
    EXPECT_KINDRED_ERROR(Metric::parse(name), ErrorKind::bad_input, "ndcg, recall, precision");
  const Measured measured = measure({}, {}, default_metrics());
  EXPECT_EQ(measured.index_of(Metric::parse("mrr@10")), 3U);
  EXPECT_KINDRED_ERROR(measured.index_of(Metric::parse("map")), ErrorKind::bad_input,
                       "map was not");
}

TEST(Retrieval, GainsInOrder) {
  using Gains = std::vector<double>;
  EXPECT_DOUBLE_EQ(ndcg(Gains{0, 1}, Gains{1}, 10), 1.0 / std::log2(3.0));
  EXPECT_DOUBLE_EQ(ndcg(Gains{1, 0, 2}, Gains{1, -5, 2}, 10), 2.0 / (2.0 + 1.0 / std::log2(3.0)));
  EXPECT_EQ(ndcg(Gains{0, 1}, Gains{1}, 1), 0.0);
  EXPECT_EQ(ndcg(Gains{0, 1}, {}, 10), 0.0);
  EXPECT_EQ(reciprocal_rank(Gains{0, -1, 3, 1}, 10), 1.0 / 3.0);
  EXPECT_EQ(reciprocal_rank(Gains{0, -1, 3, 1}, 2), 0.0);
  EXPECT_EQ(reciprocal_rank({}, 10), 0.0);
}

TEST(Retrieval, WhatAnApproximateSearchFinds) {
  using Keys = std::vector<std::uint64_t>;
  EXPECT_EQ(recall_of_exact(Keys{1, 3, 5, 9}, Keys{1, 2, 3, 4}), 0.5);
  EXPECT_EQ(recall_of_exact(Keys{}, Keys{7}), 0.0);
  EXPECT_EQ(recall_of_exact(Keys{1}, Keys{}), 1.0);
}

}  // namespace
}  // namespace kindred::eval
