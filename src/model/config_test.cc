#include "model/config.h"

#include <gtest/gtest.h>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using testing::expect_error;

Config sample() {
  return Config::parse(R"({"count": 12, "whole": 3.0, "huge": 1e300, "half": 0.5, "on": true,
                           "name": "a", "list": ["x", "y"], "none": null, "part": {"in": 4}})",
                       "sample.json");
}

TEST(Config, ReadsTypedValues) {
  const Config config = sample();
  EXPECT_EQ(config.count("count", 1, 100), 12U);
  EXPECT_EQ(config.count("whole", 1, 100), 3U);
  EXPECT_EQ(config.number("half", 0.0, 1.0), 0.5);
  EXPECT_TRUE(config.flag("on", false));
  EXPECT_EQ(config.text("name", ""), "a");
  EXPECT_EQ(config.texts("list"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(config.object("part").count("in", 1, 9), 4U);
}

TEST(Config, NullAndAbsentHaveTheFallback) {
  const Config config = sample();
  EXPECT_FALSE(config.has("none"));
  EXPECT_EQ(config.count("none", 1, 100, 7), 7U);
  EXPECT_EQ(config.text("absent", "b"), "b");
  EXPECT_EQ(config.find_number("absent", 0.0, 1.0), std::nullopt);
  EXPECT_FALSE(config.object("absent").has("x"));
}

TEST(Config, NamesFileKeyAndValueInErrors) {
  const Config config = sample();
  expect_error(ErrorKind::corrupt, {"sample.json", "\"count\"", "12", "from 20 to 30"},
               [&] { config.count("count", 20, 30); });
  expect_error(ErrorKind::corrupt, {"\"huge\""}, [&] { config.count("huge", 0, 100); });
  expect_error(ErrorKind::corrupt, {"\"half\""}, [&] { config.count("half", 0, 100); });
  expect_error(ErrorKind::corrupt, {"\"name\"", "number"}, [&] { config.number("name", 0, 1); });
  expect_error(ErrorKind::corrupt, {"\"on\"", "string"}, [&] { config.text("on", ""); });
  expect_error(ErrorKind::corrupt, {"\"count\"", "true or false"},
               [&] { config.flag("count", true); });
  expect_error(ErrorKind::corrupt, {"\"absent\"", "missing"},
               [&] { config.count("absent", 0, 1); });
  expect_error(ErrorKind::corrupt, {"sample.json: part", "\"in\""},
               [&] { config.object("part").count("in", 5, 6); });
  expect_error(ErrorKind::unsupported, {"sample.json: part", "\"in\" is 4", "too odd"},
               [&] { config.object("part").allow_only({"out"}, "too odd"); });
}

TEST(Config, RefusesWhatIsNoObject) {
  for (const char* text : {"", "{", "[]", "3", "{\"a\": }", "\xff\xfe", "{\"a\": \"\xc3\x28\"}"}) {
    expect_error(ErrorKind::corrupt, {"x.json"}, [&] { Config::parse(text, "x.json"); });
  }
}

TEST(Config, RefusesDeepNesting) {
  const std::string deep(200000, '[');
  const std::string closed = "{\"a\":" + deep + std::string(200000, ']') + "}";
  for (const std::string& text : {deep, closed}) {
    expect_error(ErrorKind::corrupt, {"x.json", "nested"}, [&] { Config::parse(text, "x.json"); });
  }
}

TEST(Config, ReadsLists) {
  EXPECT_EQ(Config::parse_list(R"([{"a": 1}, {"a": 2}])", "l.json")[1].count("a", 0, 9), 2U);
  expect_error(ErrorKind::corrupt, {"l.json"}, [] { Config::parse_list("{}", "l.json"); });
  expect_error(ErrorKind::corrupt, {"l.json[1]"}, [] { Config::parse_list("[{}, 3]", "l.json"); });
}

}  // namespace
}  // namespace kindred::model
