#include "eval/slices.h"

#include <gtest/gtest.h>

namespace kindred::eval {
namespace {

Measured measured(std::string name, std::vector<std::string> queries, std::vector<double> values) {
  return {std::move(name), std::move(queries), {{Measure::ndcg, 10}}, {std::move(values)}};
}

TEST(Slices, MeansOfGroupsInTheGivenOrderThenBySize) {
  const std::vector<Measured> systems = {
      measured("vectors", {"a", "b", "c", "d", "e"}, {1, 0, .5, .25, .75}),
      measured("words", {"a", "b", "c"}, {0, 1, 1})};
  const Slicing slicing{"language",
                        "By language",
                        "",
                        {{"a", "zh"}, {"b", "zh"}, {"c", "en"}, {"d", "fr"}, {"e", "fr"}},
                        {"en"}};
  const Table table = slice_table(slicing, systems, {Measure::ndcg, 10});
  EXPECT_EQ(table.key, "slice.language");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"vectors", "words"}));
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(table.rows[0].name, "en");
  EXPECT_EQ(table.rows[1].name, "zh");
  EXPECT_EQ(table.rows[1].count, 2);
  EXPECT_DOUBLE_EQ(*table.rows[1].cells[0].value, 0.5);
  EXPECT_DOUBLE_EQ(*table.rows[1].cells[1].value, 0.5);
  EXPECT_EQ(table.rows[2].name, "fr");
  EXPECT_FALSE(table.rows[2].cells[1].value);  // not measured there, which is not 0
}

TEST(Slices, ManyGroupsEndInOthers) {
  Slicing slicing{"id", "By id", "", {}, {}};
  std::vector<std::string> queries;
  for (std::size_t i = 0; i < kMostGroups + 5; ++i) {
    queries.push_back(std::to_string(i));
    slicing.group_of[queries.back()] = queries.back();
  }
  const std::vector<Measured> systems = {
      measured("s", queries, std::vector<double>(queries.size(), 1.0))};
  const Table table = slice_table(slicing, systems, {Measure::ndcg, 10});
  ASSERT_EQ(table.rows.size(), kMostGroups);
  EXPECT_EQ(table.rows.back().name, "(others)");
  EXPECT_EQ(table.rows.back().count, 6);
}

TEST(Slices, PopularityIsCutByItsSum) {
  const Slicing slicing = popularity_slicing(
      {{"a", "40"}, {"b", "20"}, {"c", "20"}, {"d", "10"}, {"e", "10"}, {"f", "n/a"}, {"g", "-1"}});
  EXPECT_EQ(slicing.group_of.at("a"), "head");
  EXPECT_EQ(slicing.group_of.at("b"), "torso");
  EXPECT_EQ(slicing.group_of.at("c"), "torso");
  EXPECT_EQ(slicing.group_of.at("d"), "tail");
  EXPECT_EQ(slicing.group_of.count("f") + slicing.group_of.count("g"), 0);
}

}  // namespace
}  // namespace kindred::eval
