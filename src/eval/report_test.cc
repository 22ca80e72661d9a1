#include "eval/report.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "eval/axis.h"
#include "eval/report_format.h"
#include "eval/report_svg.h"
#include "io/expect_error.h"

namespace kindred::eval {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kHostile = "<script>alert(1)</script>&\"'|\x01\xFF";

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
  return count;
}

Report sample(const std::string& word = "vectors") {
  Report report;
  report.title = "Title of " + word;
  report.facts = {{"model", word}, {"judgements", "qrels.tsv"}};
  Table table{.key = "retrieval", .title = "Retrieval", .columns = {"recall@10", "ndcg@10"}};
  table.rows = {{word, {{0.85341, Interval{0.841, 0.866}}, {0.5}}, 2000},
                {"words", {{0.7}, {}}, 2000},
                {"models/e5", {{0.9}, {0.6}}, 2000}};
  report.tables.push_back(table);
  Table matrix{.key = "slice.language",
               .title = "By language " + word,
               .note = "A note on " + word,
               .matrix = true,
               .columns = {"zh", word}};
  matrix.rows = {{"zh", {{0.25}, {0.75}}}, {"العربية", {{1.0}, {0.5}}}};
  report.tables.push_back(matrix);
  PairedTest test{
      .difference = -0.02, .interval = {-0.03, -0.01}, .p = 0.03, .better = 1, .worse = 9};
  report.comparisons = {{"ndcg@10", word, "words", test}, {"recall@10", word, "words", test}};
  report.charts.push_back({.title = "Recall by k " + word,
                           .x_title = "k",
                           .y_title = "recall",
                           .x = {"1", "10", word},
                           .lines = {{word, {0.2, 0.4, 0.5}}, {"words", {0.1, NAN, 0.3}}}});
  report.worst.push_back({.id = "q1 " + word,
                          .text = "防水背包 " + word,
                          .metric = "ndcg@10",
                          .values = {{word, 0.0}, {"words", 0.5}},
                          .found = {{word, {{"d1", "found " + word, 0.0}, {"d2", "two", {}}}}},
                          .wanted = {{"d3", "wanted " + word, 2.0}}});
  report.map = Map{.title = "Map " + word,
                   .points = {{0.0F, 0.0F, "label " + word, word}, {1.0F, 2.0F, "b", "other"}}};
  return report;
}

TEST(Report, NothingOfAReportIsMarkup) {
  const std::string html = to_html(sample(kHostile));
  EXPECT_EQ(count_of(html, "<script"), 2U);  // the map's own
  EXPECT_EQ(count_of(html, "</script"), 2U);
  EXPECT_THAT(html,
              HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;|\uFFFD\uFFFD"));
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(html, Not(HasSubstr("\x01")));
  const std::string xml =
      to_junit(sample(kHostile), judge(sample(kHostile), {FailIf::parse("recall@10 < 0.8")}));
  EXPECT_THAT(xml,
              AllOf(Not(HasSubstr("<script")), Not(HasSubstr("\x01")), HasSubstr("&lt;script")));
  const std::string markdown = to_markdown(sample(kHostile));
  EXPECT_THAT(markdown, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script\\>")));
  EXPECT_THAT(to_text(sample("\x1B[31mred")),
              AllOf(Not(HasSubstr("\x1B")), HasSubstr("\\x1b[31mred")));
  Report steering = sample();
  steering.worst[0].metric = "\x1B[31m";
  EXPECT_THAT(to_text(steering), Not(HasSubstr("\x1B")));
}

TEST(Report, ThePageStandsAlone) {
  const std::string html = to_html(sample());
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  for (const char* reference : {"http:", "https:", "src=", "url(", "@import", "<link", "<img"})
    EXPECT_THAT(html, Not(HasSubstr(reference)));
  EXPECT_THAT(html, AllOf(HasSubstr("prefers-color-scheme:dark"), HasSubstr("<bdi>العربية</bdi>"),
                          HasSubstr("0.8534<small>[0.841, 0.866]</small>"), HasSubstr("<td>–</td>"),
                          HasSubstr("<td>2,000</td>"), HasSubstr("<summary>")));
  for (const char* tag : {"table", "section", "svg", "figure", "details", "g", "tr", "bdi", "div"})
    EXPECT_EQ(
        count_of(html, std::string("<") + tag + " ") + count_of(html, std::string("<") + tag + ">"),
        count_of(html, std::string("</") + tag + ">"))
        << tag;
}

TEST(Report, AMatrixIsShadedFromItsLeastToItsMost) {
  const std::string html = to_html(sample());
  EXPECT_THAT(html, AllOf(HasSubstr("<td style=\"background:rgb(var(--accent)/0.04)\">0.2500"),
                          HasSubstr("<td style=\"background:rgb(var(--accent)/0.60)\">1.0000")));
}

TEST(Report, AMapOfTenThousandIsSmall) {
  Map map{.title = "map", .points = {}};
  for (int i = 0; i < 10000; ++i) {
    const auto x = static_cast<float>(i);
    map.points.push_back({std::sin(x), std::cos(x * 0.7F),
                          "a product of some forty characters, say",
                          "group " + std::to_string(i % 13)});
  }
  map.points.push_back({NAN, 1.0F, "nowhere", "group 0"});
  Report report;
  report.map = map;
  EXPECT_LT(to_html(report).size(), 800'000U);
  const std::string plot = map_plot(map);
  EXPECT_EQ(count_of(plot, "<path"), 13U);
  EXPECT_EQ(count_of(plot, "h0"), 10000U);
  const auto labels = nlohmann::json::parse(map_labels(map));
  ASSERT_EQ(labels.size(), 13U);
  EXPECT_EQ(labels[0].size(), 770U);
  EXPECT_THAT(map_legend(map), HasSubstr("3 other groups"));
  // A map of one point, and of none.
  EXPECT_THAT(map_plot({.title = "", .points = {{3.0F, 4.0F, "", ""}}}), HasSubstr("M12 12h0"));
  EXPECT_THAT(map_plot({}), HasSubstr("<svg"));
}

TEST(Report, JsonHasAll) {
  const auto json = nlohmann::json::parse(to_json(sample()));
  EXPECT_EQ(json["facts"]["model"], "vectors");
  const auto& row = json["tables"][0]["rows"][0];
  EXPECT_EQ(row["name"], "vectors");
  EXPECT_EQ(row["queries"], 2000);
  EXPECT_EQ(row["cells"]["recall@10"]["value"], 0.85341);
  EXPECT_EQ(row["cells"]["recall@10"]["high"], 0.866);
  EXPECT_TRUE(json["tables"][0]["rows"][1]["cells"]["ndcg@10"].is_null());
  EXPECT_EQ(json["comparisons"][0]["p_holm"], 0.06);
  EXPECT_TRUE(json["charts"][0]["lines"]["words"][1].is_null());
  EXPECT_EQ(json["worst"][0]["found"]["vectors"][0]["grade"], 0.0);
  EXPECT_FALSE(json["worst"][0]["found"]["vectors"][1].contains("grade"));
  EXPECT_EQ(json["map"]["points"].size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(to_json({}))["tables"].size(), 0U);
}

TEST(Report, TextAndMarkdownAreAligned) {
  EXPECT_THAT(to_text(sample()),
              AllOf(HasSubstr("\nRetrieval\n"
                              "                          recall@10   ndcg@10   queries\n"
                              "  vectors     0.8534 [0.841, 0.866]    0.5000     2,000\n"
                              "  words                      0.7000         –     2,000\n"),
                    HasSubstr("no difference shown"), HasSubstr("corrected for 2 comparisons")));
  EXPECT_THAT(to_markdown(sample()),
              AllOf(HasSubstr("# Title of vectors\n\n- model: vectors\n"),
                    HasSubstr("|  | recall@10 | ndcg@10 | queries |\n|---|---:|---:|---:|\n"
                              "| vectors | 0.8534 \\[0.841, 0.866\\] | 0.5000 | 2,000 |\n"),
                    HasSubstr("  1. wanted vectors (d3, grade 2)\n")));
}

TEST(Report, AComparisonNamesTheBetterOne) {
  Report report = sample();
  report.comparisons.pop_back();
  EXPECT_THAT(to_text(report), HasSubstr("vectors is better"));  // words − vectors < 0, p .03
  EXPECT_EQ(format_p(0.0004), "< 0.001");
  EXPECT_EQ(format_p(0.05), "0.050");
  EXPECT_EQ(format_value(12.345), "12.35");
  EXPECT_EQ(format_value({}), "–");
  EXPECT_EQ(format_value(NAN), "–");
}

TEST(FailIfTest, IsParsed) {
  const FailIf plain = FailIf::parse(" recall@10 < 0.9 ");
  EXPECT_EQ(plain.text, "recall@10 < 0.9");
  EXPECT_EQ(plain.column, "recall@10");
  EXPECT_EQ(plain.limit, 0.9);
  EXPECT_EQ(plain.comparison, FailIf::Comparison::less);
  const FailIf full = FailIf::parse("slice.language/zh/recall@10>=.5");
  EXPECT_EQ(full.table, "slice.language");
  EXPECT_EQ(full.row, "zh");
  EXPECT_EQ(full.comparison, FailIf::Comparison::greater_or_equal);
  EXPECT_EQ(FailIf::parse("a/b/c/ndcg <= -1").row, "b/c");
  for (const char* text : {"", "recall@10", "recall@10 = 1", "< 1", "recall@10 < high", "r < nan",
                           "r <", "a/ < 1", "r == 1"})
    EXPECT_KINDRED_ERROR(FailIf::parse(text), ErrorKind::bad_input, "is no condition");
}

std::vector<std::string> failed_rows(const std::string& promise) {
  std::vector<std::string> rows;
  for (const Verdict& verdict : judge(sample(), {FailIf::parse(promise)}))
    if (verdict.failed) rows.push_back(verdict.row);
  return rows;
}

TEST(FailIfTest, IsJudgedRowByRow) {
  EXPECT_THAT(failed_rows("recall@10 < 0.86"), ElementsAre("vectors", "words"));
  EXPECT_THAT(failed_rows("words/recall@10 <= 0.7"), ElementsAre("words"));
  EXPECT_THAT(failed_rows("words/recall@10 < 0.7"), ElementsAre());
  EXPECT_THAT(failed_rows("models/e5/recall@10 > 0.8"), ElementsAre("models/e5"));
  EXPECT_THAT(failed_rows("ndcg@10 >= 0.6"), ElementsAre("models/e5"));  // words has none
  EXPECT_THAT(failed_rows("slice.language/zh < 0.5"), ElementsAre("zh"));
  EXPECT_THAT(failed_rows("slice.language/العربية/zh < 2"), ElementsAre("العربية"));
  Report report = sample();
  report.tables[0].rows[0].cells[0].value = NAN;
  EXPECT_TRUE(judge(report, {FailIf::parse("vectors/recall@10 < 0.1")}).at(0).failed);
  EXPECT_TRUE(judge(report, {FailIf::parse("vectors/recall@10 > 0.1")}).at(0).failed);
}

TEST(FailIfTest, WhatChecksNothingIsAnError) {
  EXPECT_KINDRED_ERROR(failed_rows("recall@5 < 1"), ErrorKind::not_found,
                       "no column 'recall@5'; there are: recall@10, ndcg@10");
  EXPECT_KINDRED_ERROR(failed_rows("hybrid/recall@10 < 1"), ErrorKind::not_found,
                       "no row 'hybrid'; there are: vectors, words, models/e5");
  EXPECT_KINDRED_ERROR(failed_rows("slice.age/x/recall@10 < 1"), ErrorKind::not_found,
                       "no table 'slice.age'; there are: retrieval, slice.language");
  EXPECT_KINDRED_ERROR(failed_rows("words/ndcg@10 < 1"), ErrorKind::not_found, "measured");
  EXPECT_KINDRED_ERROR(judge({}, {FailIf::parse("x < 1")}), ErrorKind::not_found, "no table");
}

TEST(Report, JunitCountsFailures) {
  const std::string xml = to_junit(sample(), judge(sample(), {FailIf::parse("recall@10 < 0.86")}));
  EXPECT_THAT(
      xml,
      AllOf(StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Title of "
                       "vectors\" tests=\"3\" failures=\"2\" errors=\"0\">\n"),
            HasSubstr("name=\"words: fail if recall@10 &lt; 0.86\" time=\"0\">\n"
                      "      <failure type=\"threshold\" message=\"words is 0.7000, which "
                      "fails recall@10 &lt; 0.86\"/>\n    </testcase>\n"),
            HasSubstr("name=\"models/e5: fail if recall@10 &lt; 0.86\" time=\"0\"/>\n")));
}

TEST(AxisTest, TicksAreRoundAndAroundAll) {
  const Axis axis = Axis::of({0.42, 0.87}, 4);
  EXPECT_NEAR(axis.low, 0.4, 1e-12);
  EXPECT_NEAR(axis.high, 1.0, 1e-12);
  EXPECT_NEAR(axis.step, 0.2, 1e-12);
  EXPECT_EQ(axis.ticks().size(), 4U);
  EXPECT_EQ(axis.label(0.4), "0.4");
  EXPECT_EQ(Axis::of({-0.1, 0.1}, 4).label(-1e-17), "0.00");
  EXPECT_EQ(Axis::of({1200, 5100}, 4).label(2000), "2000");
  for (const std::vector<double>& values :
       {std::vector<double>{}, {0.5}, {0.0, 0.0}, {NAN}, {1e-9, 1e9}, {0.7, 0.7 + 1e-17}, {-3.0}}) {
    const Axis any = Axis::of(values, 5);
    EXPECT_LT(any.low, any.high);
    EXPECT_GE(any.ticks().size(), 2U);
    EXPECT_LE(any.ticks().size(), 9U);
    for (const double value : values) {
      if (std::isnan(value)) continue;
      EXPECT_GE(any.place(value), -1e-9);
      EXPECT_LE(any.place(value), 1.0 + 1e-9);
    }
  }
}

}  // namespace
}  // namespace kindred::eval
