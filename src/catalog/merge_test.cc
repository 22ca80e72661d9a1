#include "catalog/merge.h"

#include <gtest/gtest.h>

namespace kindred::catalog {
namespace {

// Adds rows whose languages are named, and looks that adding the last again changes nothing.
Product joined(Product known, const Product& row) {
  merge(known, row, named_languages(row));
  Product again = known;
  merge(again, row, named_languages(row));
  EXPECT_EQ(again, known);
  return known;
}

TEST(Merge, AddsFactsAndLeavesTheOthers) {
  const Product known{.id = "1",
                      .language = "en",
                      .titles = {{"en", "Shoes"}},
                      .descriptions = {{"en", "Soft"}},
                      .categories = {{"en", {"A", "B"}}},
                      .brand = "Umi",
                      .price = 5,
                      .currency = "EUR",
                      .image = "a",
                      .attributes = {{"size", {}, {{"", "42"}}}},
                      .other = {{"x", "1"}}};
  EXPECT_EQ(joined(known, {.id = "1"}), known);
  const Product after = joined(known, {.id = "1",
                                       .language = "en",
                                       .titles = {{"en", "Boots"}, {"fr", "Bottes"}},
                                       .price = 6,
                                       .attributes = {{"colour", {}, {{"", "red"}}}},
                                       .other = {{"y", "2"}}});
  EXPECT_EQ(after.titles, (Texts{{"en", "Boots"}, {"fr", "Bottes"}}));
  EXPECT_EQ(after.descriptions, known.descriptions);
  EXPECT_EQ(after.price, 6);
  EXPECT_EQ(after.currency, "EUR");
  EXPECT_EQ(after.attributes.size(), 2U);
  EXPECT_EQ(after.other.size(), 2U);
}

// Else 5 euros would be 5 dollars.
TEST(Merge, ACurrencyBelongsToAPrice) {
  const Product known{.id = "1", .price = 5, .currency = "EUR"};
  EXPECT_EQ(joined(known, {.id = "1", .currency = "USD"}), known);
  EXPECT_EQ(joined(known, {.id = "1", .price = 6, .currency = "USD"}).currency, "USD");
  EXPECT_EQ(joined({.id = "1", .price = 5}, {.id = "1", .currency = "USD"}).currency, "USD");
}

TEST(Merge, ATranslationAddsItsValues) {
  const Product known{.id = "1",
                      .language = "en",
                      .titles = {{"en", "Shoes"}},
                      .attributes = {{"colour", {}, {{"", "red"}}},
                                     {"size", {}, {{"", "42"}}},
                                     {"use", {}, {{"", "run"}}},
                                     {"use", {}, {{"", "walk"}}}}};
  const Product after = joined(known, {.id = "1",
                                       .language = "es",
                                       .titles = {{"es", "Zapatos"}},
                                       .attributes = {{"colour", {}, {{"", "rojo"}}},
                                                      {"size", {}, {{"", "42"}}},
                                                      {"use", {}, {{"", "correr"}}},
                                                      {"use", {}, {{"", "andar"}}}}});
  EXPECT_EQ(after.language, "en");
  EXPECT_EQ(after.attributes[0].values, (Texts{{"", "red"}, {"es", "rojo"}}));
  EXPECT_EQ(after.attributes[1].values, (Texts{{"", "42"}}));
  EXPECT_EQ(after.attributes[3].values, (Texts{{"", "walk"}, {"es", "andar"}}));
}

TEST(Merge, AKeyOfSeveralValuesIsReplacedWhole) {
  const Product known{.id = "1",
                      .attributes = {{"colour", {}, {{"", "red"}}}, {"size", {}, {{"", "42"}}}}};
  const Product row{.id = "1",
                    .attributes = {{"colour", {}, {{"", "red"}}}, {"colour", {}, {{"", "blue"}}}}};
  const Product after = joined(known, row);
  ASSERT_EQ(after.attributes.size(), 3U);
  EXPECT_EQ(after.attributes[0].key, "size");
  EXPECT_EQ(
      joined(after, {.id = "1", .attributes = {{"colour", {}, {{"", "green"}}}}}).attributes.size(),
      2U);
}

// A title without a language, of which one was recognised, is not one more title.
TEST(Merge, ATextOfNoNamedLanguageReplacesTheOneThatIsThere) {
  const NamedLanguages none;
  Product known{.id = "1", .language = "es", .recognised = true, .titles = {{"es", "Zapatos"}}};
  merge(known, {.id = "1", .language = "en", .recognised = true, .titles = {{"en", "Red shoes"}}},
        none);
  EXPECT_EQ(
      known,
      (Product{.id = "1", .language = "en", .recognised = true, .titles = {{"en", "Red shoes"}}}));
  // Of several it replaces that of its language, else the product's own; the same text is the same.
  known = {.id = "1", .language = "en", .titles = {{"en", "Lamp"}, {"es", "Lámpara"}}};
  merge(known, {.id = "1", .language = "es", .recognised = true, .titles = {{"es", "Lámparas"}}},
        none);
  EXPECT_EQ(known.titles, (Texts{{"en", "Lamp"}, {"es", "Lámparas"}}));
  merge(known, {.id = "1", .language = "fr", .recognised = true, .titles = {{"fr", "Lamp"}}}, none);
  EXPECT_EQ(known.titles, (Texts{{"en", "Lamp"}, {"es", "Lámparas"}}));
  EXPECT_EQ(known.language, "en");
  merge(known, {.id = "1", .language = "fr", .recognised = true, .titles = {{"fr", "Lampe"}}},
        none);
  EXPECT_EQ(known.titles, (Texts{{"es", "Lámparas"}, {"fr", "Lampe"}}));
  EXPECT_EQ(known.language, "fr");
}

TEST(Merge, ANamedLanguagePutsARecognisedOneRight) {
  const Product known{.id = "1",
                      .language = "es",
                      .recognised = true,
                      .titles = {{"es", "Lamp"}},
                      .categories = {{"es", {"Home"}}}};
  const Product after = joined(known, {.id = "1", .language = "en", .titles = {{"en", "Lamp"}}});
  EXPECT_EQ(after, (Product{.id = "1",
                            .language = "en",
                            .titles = {{"en", "Lamp"}},
                            .categories = {{"en", {"Home"}}}}));
  // Another title is a translation.
  EXPECT_EQ(
      joined(known, {.id = "1", .language = "en", .titles = {{"en", "A lamp"}}}).titles.size(), 2U);
}

}  // namespace
}  // namespace kindred::catalog
