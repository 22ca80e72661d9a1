#include "index/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "index/field_oracle.h"
#include "index/mutable_fields.h"
#include "io/expect_error.h"

namespace kindred::index {
namespace {

// Which of some products a filter finds, as a string of their letters.
std::string found_by(const Filter& filter) {
  struct Item {
    char letter;
    FieldValues values;
  };
  const std::vector<Item> items = {
      {'a',
       {{{"lang", "zh"}, {"brand", "Acer"}, {"category", "Electronics > Phones > Android"}},
        {{"price", 49.99}, {"storage", 128}}}},
      {'b',
       {{{"lang", "zh"}, {"brand", "Bang & Olufsen"}, {"category", "Electronics > Audio"}},
        {{"price", 499}}}},
      {'c',
       {{{"lang", "en"}, {"brand", "Acer"}, {"category", "Electronics > Phones"}},
        {{"price", 10}, {"storage", 256}}}},
      {'d',
       {{{"lang", "es"}, {"category", "Electronics > Phonesets"}, {"size", "42"}},
        {{"price", 50}}}},
      {'e', {{{"lang", "fr"}, {"品牌", "小米"}, {"note", "a \"b\" \\ c"}}, {}}},
  };
  MutableFields fields;
  for (const Item& item : items) fields.append(item.values);
  const RowSet rows = evaluate(filter, fields);
  std::string letters;
  for (std::size_t row = 0; row < items.size(); ++row) {
    if (rows.contains(row)) letters += items[row].letter;
  }
  return letters;
}

TEST(Filter, FindsWhatItSays) {
  const std::pair<const char*, const char*> cases[] = {
      {"lang = zh", "ab"},
      {"lang=zh", "ab"},
      {"lang != zh", "cde"},
      {"NOT lang = zh", "cde"},
      {"not not lang = zh", "ab"},
      {"brand IN (Acer, \"Bang & Olufsen\")", "abc"},
      {"brand not in (Acer, 'Bang & Olufsen')", "de"},
      {"category = Electronics", "abcd"},
      {"category = \"Electronics > Phones\"", "ac"},
      {"lang = zh AND (price < 50 OR brand IN (Acer, \"Bang & Olufsen\")) AND NOT category = "
       "\"Electronics > Phones\"",
       "b"},
      {"price 10..50", "acd"},
      {"price 10.5..", "abd"},
      {"price ..49.99", "ac"},
      {"price < 49.99", "c"},
      {"price <= 49.99", "ac"},
      {"price > 50", "b"},
      {"price>=50", "bd"},
      {"price = 50.0", "d"},
      {"size = 42", "d"},
      {"storage >= 128", "ac"},
      {"storage EXISTS AND lang = en OR lang = fr", "ce"},
      {"lang = fr OR storage exists AND lang = en", "ce"},
      {"(lang = fr OR storage exists) AND lang = en", "c"},
      {"NOT price EXISTS", "e"},
      {"品牌 = 小米", "e"},
      {"note = \"a \\\"b\\\" \\\\ c\"", "e"},
      {"nothing = 1", ""},
      {"nothing != 1", "abcde"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(found_by(parse_filter(text)), expected) << text;
}

TEST(Filter, SaysWhereItIsWrongAndWhatWasExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column 1: expected a field, NOT or '(', found the end"},
      {"lang",
       "column 5: expected =, !=, <, <=, >, >=, IN, NOT IN, EXISTS or LOW..HIGH after the field, "
       "found the end"},
      {"lang = ", "column 8: expected a value after '=', found the end"},
      {"lang = )", "column 8: expected a value after '=', found ')'"},
      {"lang = zh AND", "column 14: expected a field"},
      {"lang = zh AND AND", "column 15: expected a field, NOT or '(', found 'AND'"},
      {"(lang = zh", "column 11: expected ')', found the end"},
      {"lang = zh)", "column 10: expected AND, OR or the end, found ')'"},
      {"brand = Bang Olufsen",
       "column 14: expected AND, OR or the end (a value with spaces or signs needs quotes), found "
       "'Olufsen'"},
      {"price < cheap", "column 9: expected a number after '<', found 'cheap'"},
      {"price < \"5\"", "column 9: expected a number"},
      {"price a..b", "column 7: expected numbers around '..', found 'a..b'"},
      {"price ..", "column 7: expected numbers around '..'"},
      {"price 50..10", "column 7: 50..10 has no number in it"},
      {"brand IN Acer", "column 10: expected '(' and values after IN, found 'Acer'"},
      {"brand IN (Acer", "column 15: expected ',' or ')', found the end"},
      {"brand IN ()", "column 11: expected a value, found ')'"},
      {"品牌 = \"小米", "column 6: this quote is never closed"},
      {"lang ! zh", "column 6: expected '=' after '!'"},
      {"price = inf AND price < nan", "column 25: expected a number after '<', found 'nan'"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_KINDRED_ERROR(parse_filter(text), ErrorKind::bad_input, expected);
  }
}

TEST(Filter, IsLimitedInDepthAndLength) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "a = b" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  parse_filter(nested(kMaxFilterDepth - 1));
  EXPECT_KINDRED_ERROR(parse_filter(nested(kMaxFilterDepth)), ErrorKind::bad_input,
                       "nested more than 64 deep");
  EXPECT_KINDRED_ERROR(parse_filter(nested(200000)), ErrorKind::bad_input, "nested");
  std::string negated;
  for (int i = 0; i < 100000; ++i) negated += "NOT ";
  EXPECT_KINDRED_ERROR(parse_filter(negated + "a = b"), ErrorKind::bad_input, "nested");
  EXPECT_KINDRED_ERROR(parse_filter(std::string(2 << 20, 'x')), ErrorKind::bad_input, "at most");
  std::string json;
  for (int i = 0; i < 100000; ++i) json += "{\"not\":";
  EXPECT_KINDRED_ERROR(parse_filter_json(json), ErrorKind::bad_input, "nested");
}

TEST(Filter, JsonSaysTheSame) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"field": "lang", "is": "zh"})", "lang = zh"},
      {R"({"field": "size", "is": 42})", "size = 42"},
      {R"({"field": "brand", "in": ["Acer", "Bang & Olufsen"]})",
       "brand IN (Acer, 'Bang & Olufsen')"},
      {R"({"not": {"field": "price", "exists": true}})", "NOT price EXISTS"},
      {R"({"field": "price", "from": 10, "to": 50})", "price 10..50"},
      {R"({"field": "price", "above": 10})", "price > 10"},
      {R"({"field": "price", "below": 10.5})", "price < 10.5"},
      {R"({"all": [{"field": "lang", "is": "zh"}, {"any": [{"field": "a", "is": "b"}, {"field": "c", "from": 1}]}]})",
       "lang = zh AND (a = b OR c >= 1)"},
      {R"({"all": [{"field": "lang", "is": "zh"}]})", "lang = zh"},
  };
  for (const auto& [json, text] : cases)
    EXPECT_EQ(parse_filter_json(json), parse_filter(text)) << json;
  const Filter open = parse_filter_json(R"({"field": "price", "above": 10, "below": 50})");
  EXPECT_EQ(found_by(open), "a");
  EXPECT_EQ(found_by(parse_filter(to_string(open))), "a");
}

TEST(Filter, JsonSaysWhereItIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[", "not JSON"},
      {"[]", "filter: expected an object"},
      {"{}", "filter: expected one of"},
      {R"({"every": []})", "filter.every: unknown"},
      {R"({"all": []})", "filter.all: expected a list of filters"},
      {R"({"all": [{"field": "a", "is": "b"}, 7]})", "filter.all[1]: expected an object"},
      {R"({"field": ""})", "filter.field: expected the name"},
      {R"({"field": "a"})", "filter: beside \"field\" expected"},
      {R"({"field": "a", "equals": "b"})", "filter: beside \"field\" expected"},
      {R"({"field": "a", "is": null})", "filter.is: expected a text or a number"},
      {R"({"field": "a", "is": "b", "from": 1})", "filter: expected one test"},
      {R"({"field": "a", "from": "1"})", "filter.from: expected a number"},
      {R"({"field": "a", "from": 1, "above": 1})", "exclude each other"},
      {R"({"field": "a", "from": 9, "to": 1})", "no number is in this range"},
      {R"({"not": {"field": "a", "in": [[]]}})", "filter.not.in: expected a text"},
  };
  for (const auto& [json, expected] : cases) {
    EXPECT_KINDRED_ERROR(parse_filter_json(json), ErrorKind::bad_input, expected);
  }
}

TEST(Filter, TextReadsBackAsTheSameFilter) {
  Random random(13);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    const Filter filter = draw_filter(random, 4);
    EXPECT_EQ(parse_filter(to_string(filter)), filter) << to_string(filter);
  }
}

TEST(Filter, NamesTheFieldsItLooksAt) {
  EXPECT_THAT(fields_of(parse_filter("b = 1 AND NOT (a < 2 OR b EXISTS)")),
              testing::ElementsAre("a", "b"));
}

}  // namespace
}  // namespace kindred::index
