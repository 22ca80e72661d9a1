#include "tasks/retrieval_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/expect_error.h"
#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

using testing::ElementsAre;

std::vector<eval::Run> two_runs() {
  return {{"good",
           {{"q1", {{"d2", 3}, {"d1", 2}}},
            {"q2", {{"d3", 3}, {"d4", 2}, {"d5", 1}}},
            {"q3", {{"d1", 3}, {"d4", 2}}}}},
          {"bad", {{"q1", {{"d3", 3}}}, {"q2", {{"d5", 3}}}}}};
}

const eval::Table* find(const eval::Report& report, const std::string& key) {
  for (const eval::Table& table : report.tables)
    if (table.key == key) return &table;
  return nullptr;
}

TEST(RetrievalReport, HasARowASystemAndSlices) {
  const eval::Dataset dataset = tiny_dataset();
  const auto runs = two_runs();
  RetrievalReportOptions options;
  options.metrics = {{eval::Measure::recall, 1}, {eval::Measure::ndcg, 10}};
  const eval::Report report = retrieval_report(dataset, runs, options);
  const eval::Table& main = report.tables.front();
  EXPECT_EQ(main.key, "retrieval");
  EXPECT_THAT(main.columns, ElementsAre("recall@1", "ndcg@10"));
  ASSERT_EQ(main.rows.size(), 2U);
  EXPECT_EQ(main.rows[0].count, 3U);
  EXPECT_NEAR(*main.rows[0].cells[0].value, (0.5 + 1.0 / 3.0 + 0.0) / 3.0, 1e-12);
  EXPECT_NEAR(*main.rows[1].cells[0].value, (1.0 / 3.0) / 3.0, 1e-12);  // q3 unanswered counts as 0
  ASSERT_EQ(report.facts.size(), 1U);
  EXPECT_EQ(report.facts[0].first, "bad, queries without an answer");
  EXPECT_EQ(report.facts[0].second, "1 of 3");
  const eval::Table* by_language = find(report, "slice.language");
  ASSERT_NE(by_language, nullptr);
  EXPECT_THAT(by_language->columns, ElementsAre("good", "bad"));
  EXPECT_NEAR(*by_language->rows[0].cells[0].value, 1.0, 1e-12);  // en: both in the best order
  ASSERT_EQ(report.comparisons.size(), 1U);
  EXPECT_EQ(report.comparisons[0].b, "bad");
  EXPECT_LT(report.comparisons[0].test.difference, 0.0);
}

TEST(RetrievalReport, ShowsWhichLanguagesAreFound) {
  const eval::Dataset dataset = tiny_dataset();
  const auto runs = two_runs();
  const eval::Report report = retrieval_report(dataset, runs, {});
  const eval::Table* bias = find(report, "bias.good");
  ASSERT_NE(bias, nullptr);
  EXPECT_THAT(bias->columns, ElementsAre("en", "fr", "divergence"));
  ASSERT_EQ(bias->rows.size(), 2U);
  EXPECT_NEAR(*bias->rows[0].cells[1].value, 2.0 / 5.0, 1e-12);  // d2 and d4 of five found
  EXPECT_NEAR(*bias->rows[0].cells[2].value, 0.0, 1e-12);        // as in the pool: 3 of 5, 2 of 5
}

TEST(RetrievalReport, ShowsTheWorstQueriesOfTheFirstSystem) {
  const eval::Dataset dataset = tiny_dataset();
  const auto runs = two_runs();
  RetrievalReportOptions options;
  options.worst = 1;
  const eval::Report report = retrieval_report(dataset, runs, options);
  ASSERT_EQ(report.worst.size(), 1U);
  const eval::QueryReport& worst = report.worst.front();
  EXPECT_EQ(worst.id, "q3");
  EXPECT_EQ(worst.text, "marteau");
  ASSERT_EQ(worst.found.size(), 2U);
  EXPECT_EQ(worst.found[0].second.front().id, "d1");
  EXPECT_EQ(worst.found[0].second.front().text, "apple");
  EXPECT_FALSE(worst.found[0].second.front().grade);
  EXPECT_TRUE(worst.found[1].second.empty());
  EXPECT_EQ(worst.wanted.size(), 2U);
}

TEST(RetrievalReport, NothingRelevantIsAnError) {
  eval::Dataset dataset = tiny_dataset();
  dataset.judgements = {{"q1", {{"d1", 0.0}}}};
  const auto runs = two_runs();
  EXPECT_KINDRED_ERROR(retrieval_report(dataset, runs, {}), ErrorKind::bad_input, "no query");
}

TEST(LanguageMatrices, SearchOneLanguageAtATime) {
  const eval::Dataset dataset = tiny_dataset();
  std::vector<std::string> asked;
  const std::vector<PartialSystem> systems = {
      {"s", [&](const std::string& language) {
         asked.push_back(language);
         return language == "fr" ? eval::Run{"s",
                                             {{"q1", {{"d2", 1}}},
                                              {"q2", {{"d2", 2}, {"d4", 1}}},
                                              {"q3", {{"d4", 1}}}}}
                                 : eval::Run{"s", {{"q1", {{"d1", 1}}}, {"q3", {{"d3", 1}}}}};
       }}};
  RetrievalReportOptions options;
  options.primary = {eval::Measure::recall, 1};
  const auto tables = language_matrices(dataset, systems, options);
  EXPECT_THAT(asked, ElementsAre("en", "fr"));
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_TRUE(tables[0].matrix);
  EXPECT_THAT(tables[0].columns, ElementsAre("en", "fr"));
  ASSERT_EQ(tables[0].rows.size(), 2U);
  EXPECT_EQ(tables[0].rows[0].name, "en");
  EXPECT_NEAR(*tables[0].rows[0].cells[0].value, 0.5, 1e-12);  // q1 found, q2 unanswered
  EXPECT_NEAR(*tables[0].rows[0].cells[1].value, 0.5, 1e-12);  // q1 found, q2 second
  EXPECT_NEAR(*tables[0].rows[1].cells[0].value, 1.0, 1e-12);
  eval::Dataset without = dataset;
  for (eval::Record& query : without.queries) query.columns.clear();
  EXPECT_KINDRED_ERROR(language_matrices(without, systems, options), ErrorKind::bad_input,
                       "'language'");
}

}  // namespace
}  // namespace kindred::tasks
