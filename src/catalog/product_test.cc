#include "catalog/product.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::catalog {
namespace {

TEST(Product, SurvivesJson) {
  const Product product{
      .id = "a\"1",
      .language = "zh",
      .titles = {{"zh", "手机"}, {"en", "Phone"}},
      .descriptions = {{"", "x\ny"}},
      .categories = {{"en", {"A", "B", "C"}}},
      .brand = "B & O",
      .price = 19.99,
      .currency = "EUR",
      .image = "img/1.jpg",
      .attributes = {{.key = "storage", .names = {{"en", "Storage"}}, .values = {{"", "256 GB"}}}},
      .other = {{"warehouse", "7"}}};
  EXPECT_EQ(product_from_json(to_json(product), "x"), product);
  const Product least{.id = "1"};
  EXPECT_EQ(product_from_json(to_json(least), "x"), least);
  EXPECT_KINDRED_ERROR(product_from_json("{}", "shop.db"), ErrorKind::corrupt, "shop.db");
  EXPECT_KINDRED_ERROR(product_from_json(R"({"id": 7})", "shop.db"), ErrorKind::corrupt, "shop.db");
}

TEST(Product, ChoosesATextByLanguage) {
  EXPECT_EQ(text_in({{"en", "a"}, {"zh", "b"}}, "zh"), "b");
  EXPECT_EQ(text_in({{"en", "a"}, {"zh", "b"}}, "fr"), "a");
  EXPECT_EQ(text_in({{"", "n"}, {"en", "a"}}, "fr"), "n");
  EXPECT_EQ(text_in({{"zh", "b"}}, "fr"), "b");
  EXPECT_EQ(text_in({}, "fr"), "");
}

}  // namespace
}  // namespace kindred::catalog
