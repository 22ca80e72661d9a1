#include "prepare/example_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kindred::prepare {
namespace {

TEST(CountDistribution, PercentilesAreValuesThatWereThere) {
  CountDistribution values;
  EXPECT_EQ(values.percentile(0.5), 0U);
  for (std::size_t i = 1; i <= 100; ++i) values.add(i);
  EXPECT_EQ(values.percentile(0.5), 50U);
  EXPECT_EQ(values.percentile(0.99), 99U);
  EXPECT_EQ(values.percentile(1.0), 100U);
  EXPECT_DOUBLE_EQ(values.mean(), 50.5);
  values.add(1'000'000);
  EXPECT_EQ(values.most(), 1'000'000U);
}

TEST(ExampleStatistics, CountsWhatThereIs) {
  ExampleStatistics statistics([](std::string_view text) { return text.size(); });
  statistics.add({.anchor = {.text = "Shoe", .language = "en"},
                  .positives = {{.text = "鞋子", .language = "zh"}, {.text = "zapato"}},
                  .negatives = {{.text = "hat", .language = "en"}},
                  .group = "g",
                  .source = "a"});
  statistics.add({.anchor = {.text = "shoe", .language = "en"},
                  .graded = {{.text = "x", .score = 0.05}, {.text = "y", .score = 1.0}},
                  .source = "b"});
  const auto json = nlohmann::json::parse(statistics.to_json());
  EXPECT_EQ(json["examples"], 2);
  EXPECT_EQ(json["with_positives"], 1);
  EXPECT_EQ(json["with_graded"], 1);
  EXPECT_EQ(json["anchors_alone"], 0);
  EXPECT_EQ(json["groups"], 1);
  EXPECT_EQ(json["anchors"]["texts"], 2);
  EXPECT_EQ(json["anchors"]["distinct"], 1);
  EXPECT_EQ(json["passages"]["texts"], 5);
  EXPECT_EQ(json["passages"]["characters"]["max"], 6);
  EXPECT_EQ(json["passages"]["tokens"]["max"], 6);
  EXPECT_EQ(json["languages"]["en"], 3);
  EXPECT_EQ(json["language_pairs"]["en → zh"], 1);
  EXPECT_EQ(json["language_pairs"]["en → unknown"], 3);
  EXPECT_EQ(json["positives_an_example"]["max"], 2);
  EXPECT_EQ(json["score_tenths"], (std::vector<int>{1, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_THAT(statistics.to_text(), testing::HasSubstr("en → zh 1"));
}

}  // namespace
}  // namespace kindred::prepare
