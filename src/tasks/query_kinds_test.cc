#include "tasks/query_kinds.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::tasks {
namespace {

using eval::Record;

std::vector<Record> queries() {
  return {{"1", "", "手机", {{"language", "zh"}, {"category", "A > B > C"}, {"popularity", "9"}}},
          {"2", "", "iphone 256GB", {{"language", "en"}, {"category", "A > B"}}},
          {"3", "", "zapatillas rojas talla 42", {{"language", "es"}, {"category", "A"}}},
          {"4", "", "a bag that fits under the seat of an old aeroplane", {{"language", "en"}}}};
}

TEST(QueryKinds, Lengths) {
  const auto groups = by_length(queries()).group_of;
  EXPECT_EQ(groups.at("1"), "1 word");
  EXPECT_EQ(groups.at("2"), "2 words");
  EXPECT_EQ(groups.at("3"), "3–4 words");
  EXPECT_EQ(groups.at("4"), "9 and more");
}

TEST(QueryKinds, Attributes) {
  const auto groups = by_attribute(queries()).group_of;
  EXPECT_EQ(groups.at("1"), "without");
  EXPECT_EQ(groups.at("2"), "with an attribute");
  EXPECT_EQ(groups.at("3"), "with an attribute");
  EXPECT_EQ(groups.at("4"), "without");
}

TEST(QueryKinds, LevelsOfAPath) {
  const auto groups = by_column(queries(), "category:2").group_of;
  EXPECT_EQ(groups.at("1"), "A > B");
  EXPECT_EQ(groups.at("2"), "A > B");
  EXPECT_EQ(groups.at("3"), "A");
  EXPECT_EQ(groups.count("4"), 0);
  EXPECT_EQ(by_column(queries(), "category:1").group_of.at("1"), "A");
}

TEST(QueryKinds, AnUnknownColumnListsThose) {
  EXPECT_KINDRED_ERROR(by_column(queries(), "colour"), ErrorKind::not_found,
                       "there are: category, language, popularity");
}

TEST(QueryKinds, WhatAppliesIsTakenOnce) {
  std::vector<std::string> keys;
  for (const auto& slicing : slicings_of(queries(), {"language", "category:1"}))
    keys.push_back(slicing.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"language", "popularity", "length", "attribute",
                                            "category:1"}));
}

}  // namespace
}  // namespace kindred::tasks
