#include "catalog/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::catalog {
namespace {

TEST(Price, IsReadAsPeopleWriteIt) {
  struct Case {
    const char* text;
    double value;
    const char* currency;
  };
  for (const auto& [text, value, currency] : {Case{"19.99", 19.99, ""},
                                              {"1,299.00", 1299, ""},
                                              {"1.299,00 €", 1299, "EUR"},
                                              {"US$1,299", 1299, "USD"},
                                              {"$ 5", 5, "USD"},
                                              {"12,5", 12.5, ""},
                                              {"1.299", 1299, ""},
                                              {"0.999", 0.999, ""},
                                              {"1 299,50 EUR", 1299.5, "EUR"},
                                              {"1\u00a0299,50\u00a0€", 1299.5, "EUR"},
                                              {"￥99", 99, "CNY"},
                                              {"99元", 99, "CNY"},
                                              {"1'299.90 CHF", 1299.9, "CHF"},
                                              {".99", 0.99, ""},
                                              {"1,234,567", 1234567, ""}}) {
    const auto price = parse_price(text);
    ASSERT_TRUE(price) << text;
    EXPECT_DOUBLE_EQ(price->value, value) << text;
    EXPECT_EQ(price->currency, currency) << text;
  }
  for (const char* text : {"", "free", "-5", "5-10", "12.3.4,5x", "1e5", "abc 5", "$"}) {
    EXPECT_FALSE(parse_price(text)) << text;
  }
}

TEST(Mapping, UnderstandsUsualNames) {
  const std::vector<RawField> row = {
      {"SKU", "a1"},
      {"title_es", "Zapatos"},
      {"Title.en", "Shoes"},
      {"category_1", "Clothing"},
      {"category_3", "Running"},
      {"category_2", "Shoes"},
      {"Price", "12,50 €"},
      {"attribute_colour", "red"},
      {"attributes", R"([{"key": "size", "name": {"en": "Size"}, "value": 42}])", true},
      {"lang", "ES"},
      {"warehouse", "B7"},
      {"image_url", "http://x/y.jpg"}};
  const Product product = Mapping().apply(row);
  EXPECT_EQ(product.id, "a1");
  EXPECT_EQ(product.language, "es");
  EXPECT_EQ(product.titles, (Texts{{"en", "Shoes"}, {"es", "Zapatos"}}));
  EXPECT_EQ(product.categories.at("es"),
            (std::vector<std::string>{"Clothing", "Shoes", "Running"}));
  EXPECT_EQ(product.price, 12.5);
  EXPECT_EQ(product.currency, "EUR");
  EXPECT_EQ(product.image, "http://x/y.jpg");
  ASSERT_EQ(product.attributes.size(), 2U);
  EXPECT_EQ(product.attributes[0], (Attribute{.key = "colour", .values = {{"", "red"}}}));
  EXPECT_EQ(product.attributes[1].values.at(""), "42");
  EXPECT_EQ(product.other.at("warehouse"), "B7");
}

TEST(Mapping, TakesOtherPeoplesColumns) {
  const Mapping mapping = Mapping::from_json(
      R"({"columns": {"Nr": "id", "Bezeichnung": "title:de", "Pfad": "category", "Farbe": "attribute:colour:de",
          "intern": "ignore"}, "language": "de", "currency": "EUR", "category_separator": "/"})",
      "m.json");
  const std::vector<std::string> columns = {"Nr", "Bezeichnung", "Pfad", "Farbe", "intern"};
  mapping.check_columns(columns, "f.csv");
  const std::vector<RawField> row = {{"Nr", "7"},
                                     {"Bezeichnung", "Stuhl"},
                                     {"Pfad", "Möbel / Stühle"},
                                     {"Farbe", "rot"},
                                     {"intern", "x"}};
  const Product product = mapping.apply(row);
  EXPECT_EQ(product.titles.at("de"), "Stuhl");
  EXPECT_EQ(product.categories.at("de"), (std::vector<std::string>{"Möbel", "Stühle"}));
  EXPECT_EQ(product.attributes[0].values.at("de"), "rot");
  EXPECT_EQ(product.currency, "EUR");
  EXPECT_TRUE(product.other.empty());
}

TEST(Mapping, SaysWhatIsWrong) {
  EXPECT_KINDRED_ERROR(Mapping::from_json("[", "m.json"), ErrorKind::bad_input,
                       "m.json: not a mapping");
  EXPECT_KINDRED_ERROR(Mapping::from_json(R"({"columns": {"x": "tilte"}})", "m.json"),
                       ErrorKind::bad_input, "columns.x: no target 'tilte'");
  EXPECT_KINDRED_ERROR(Mapping::from_json(R"({"colums": {}})", "m.json"), ErrorKind::bad_input,
                       "colums");
  EXPECT_KINDRED_ERROR(Mapping::from_json(R"({"columns": {"x": 7}})", "m.json"),
                       ErrorKind::bad_input, "m.json");
  const Mapping mapping = Mapping::from_json(R"({"columns": {"Nr": "id"}})", "m.json");
  const std::vector<std::string> columns = {"id", "title"};
  EXPECT_KINDRED_ERROR(mapping.check_columns(columns, "f.csv"), ErrorKind::not_found,
                       "no column Nr");
  const std::vector<std::string> none = {"number", "title"};
  EXPECT_KINDRED_ERROR(Mapping().check_columns(none, "f.csv"), ErrorKind::bad_input,
                       "no column becomes the id");
  const auto reason = [](std::vector<RawField> row) {
    try {
      Mapping().apply(row);
    } catch (const BadRow& bad) {
      return bad.column() + ": " + bad.what();
    }
    return std::string("none");
  };
  EXPECT_EQ(reason({{"title", "x"}}), "id: no id");
  EXPECT_EQ(reason({{"id", "1"}}), "title: no title in any language");
  EXPECT_EQ(reason({{"id", "1"}, {"title", "x"}, {"price", "cheap"}}),
            "price: 'cheap' is not a price");
  EXPECT_EQ(reason({{"id", "1"}, {"title", "[1]", true}}),
            "title: expected a text, not an object or list");
  EXPECT_EQ(reason({{"id", "1"}, {"title", "x"}, {"attributes", "[[1]]", true}}),
            "attributes: expected objects with \"key\" and \"value\"");
  EXPECT_THAT(reason({{"id", std::string(600, 'x')}, {"title", "x"}}),
              testing::HasSubstr("600 bytes"));
}

}  // namespace
}  // namespace kindred::catalog
