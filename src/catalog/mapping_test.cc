#include "catalog/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "io/expect_error.h"

namespace kindred::catalog {
namespace {

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

// A number of JSON or Parquet is what it is, whatever a text of its digits would be.
TEST(Mapping, TakesNumbersAsTheyAre) {
  const auto price = [](std::string_view written, bool number) {
    return Mapping()
        .apply(std::vector<RawField>{
            {"id", "1"}, {"title", "x"}, {"price", written, false, number}, {"currency", "kwd"}})
        .price;
  };
  EXPECT_EQ(price("4.999", true), 4.999);
  EXPECT_EQ(price("19.995", true), 19.995);
  EXPECT_EQ(price("1.299", true), 1.299);
  EXPECT_EQ(price("1e3", true), 1000);
  EXPECT_EQ(price("0", true), 0);
  EXPECT_EQ(price("-0.0", true), 0);
  EXPECT_FALSE(std::signbit(*price("-0.0", true)));
  EXPECT_EQ(price("4.500", false), 4.5);  // the currency comes after it, and counts
  for (const char* bad : {"-3", "nan", "inf", "1e999"})
    EXPECT_THROW(price(bad, true), BadRow) << bad;
}

struct Read {
  Product product;
  RowNotes notes;
};
Read read(const std::vector<RawField>& row, const Mapping& mapping = {}) {
  Read read;
  read.product = mapping.apply(row, 0, &read.notes);
  return read;
}
std::string value_of(const Product& product, std::string_view key) {
  for (const Attribute& attribute : product.attributes) {
    if (attribute.key == key) return attribute.values.begin()->second;
  }
  return "none";
}

TEST(Mapping, TakesOneOfTwoColumnsAndKeepsTheOther) {
  for (const bool sku_first : {false, true}) {
    std::vector<RawField> row = {
        {"id", "7"}, {"sku", "A-1"}, {"title", "Lamp"}, {"name", "lamp 7"}};
    if (sku_first) std::reverse(row.begin(), row.end());
    const auto [product, notes] = read(row);
    EXPECT_EQ(product.id, "7");
    EXPECT_EQ(value_of(product, "sku"), "A-1");
    EXPECT_EQ(product.titles.at(""), "Lamp");
    EXPECT_EQ(value_of(product, "name"), "lamp 7");
    ASSERT_EQ(notes.aside.size(), 2U);
  }
  // What the mapping says goes first; then the first in the file.
  const Mapping mapping = Mapping::from_json(R"({"columns": {"sku": "id"}})", "m");
  EXPECT_EQ(read({{"id", "7"}, {"sku", "A-1"}, {"title", "x"}}, mapping).product.id, "A-1");
  const auto [product, notes] = read(
      {{"id", "7"}, {"title_es", "uno"}, {"title.es", "dos"}, {"image_url", "u"}, {"image", "i"}});
  EXPECT_EQ(product.titles.at("es"), "uno");
  EXPECT_EQ(value_of(product, "title.es"), "dos");
  EXPECT_EQ(product.image, "i");
  EXPECT_EQ(value_of(product, "image_url"), "u");
  ASSERT_EQ(notes.aside.size(), 2U);
  EXPECT_EQ(notes.aside[0].column, "title.es");
  EXPECT_EQ(notes.aside[0].instead, "title_es");
}

TEST(Mapping, TakesTheOtherColumnWhereTheFirstIsEmpty) {
  const auto [product, notes] = read({{"id", "7"}, {"title", " "}, {"name", "lamp"}});
  EXPECT_EQ(product.titles.at(""), "lamp");
  EXPECT_TRUE(notes.aside.empty());
  // But not for the id: products of two kinds of ids would be mixed up.
  try {
    read({{"id", ""}, {"sku", "A-1"}, {"title", "lamp"}});
    ADD_FAILURE();
  } catch (const BadRow& bad) {
    EXPECT_EQ(bad.column(), "id");
    EXPECT_THAT(bad.what(), testing::HasSubstr(R"({"columns": {"sku": "id"}})"));
  }
}

TEST(Mapping, TakesTheLevelsOfACategoryBeforeItsPath) {
  const auto product = read({{"id", "7"},
                             {"title", "x"},
                             {"category_1", "Home"},
                             {"category", "X > Y > Z"},
                             {"category_2", "Lamps"}})
                           .product;
  EXPECT_EQ(product.categories.at(""), (std::vector<std::string>{"Home", "Lamps"}));
  EXPECT_EQ(value_of(product, "category"), "X > Y > Z");
}

TEST(Mapping, TakesBlanksForNothing) {
  const auto product =
      read({{" ID ", " 7 "}, {"title", "x"}, {"price", "  "}, {"brand", "\t"}, {"note", " "}})
          .product;
  EXPECT_EQ(product, (Product{.id = "7", .titles = {{"", "x"}}}));
}

TEST(Mapping, TakesNoPriceForWhatProgramsWriteInstead) {
  for (const char* nothing : {"NaN", "N/A", "null", "None", "-", "--"}) {
    EXPECT_EQ(read({{"id", "7"}, {"title", "x"}, {"price", nothing}}).product.price, std::nullopt)
        << nothing;
  }
}

// As the reader of tables calls it.
TEST(Mapping, TakesTheFirstOfTwoColumnsOfOneName) {
  const auto [product, notes] =
      read({{"id", "7"}, {"title", "x"}, {"title (2)", "y"}, {"note (2)", "z"}});
  EXPECT_EQ(product.titles.at(""), "x");
  EXPECT_EQ(value_of(product, "title (2)"), "y");
  EXPECT_EQ(product.other.at("note (2)"), "z");
  ASSERT_EQ(notes.aside.size(), 1U);
  EXPECT_EQ(notes.aside[0].instead, "title");
}

TEST(Mapping, SaysWhatDecimalsBeginWith) {
  const Mapping mapping = Mapping::from_json(R"({"decimal_mark": "."})", "m");
  const auto [product, notes] = read({{"id", "7"}, {"title", "x"}, {"price", "4.999"}}, mapping);
  EXPECT_EQ(product.price, 4.999);
  EXPECT_EQ(notes.ambiguous_price, "");
  EXPECT_EQ(read({{"id", "7"}, {"title", "x"}, {"price", "4.999"}}).notes.ambiguous_price, "4.999");
  EXPECT_KINDRED_ERROR(Mapping::from_json(R"({"decimal_mark": "'"})", "m"), ErrorKind::bad_input,
                       "decimal_mark");
}

}  // namespace
}  // namespace kindred::catalog
