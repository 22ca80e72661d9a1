#include "shop/language_model.h"

#include <gtest/gtest.h>

#include "catalog/clean.h"

namespace kindred::shop {
namespace {

TEST(LanguageModel, TellsTheLanguageOfAProduct) {
  catalog::Product product;
  product.id = "1";
  product.titles[""] = "белый стул";
  catalog::clean(product,
                 open_language_model(KINDRED_TEST_DATA "/golden/static_vectors/softmax.bin"));
  EXPECT_EQ(product.language, "ru");
  EXPECT_TRUE(product.recognised);
  EXPECT_EQ(product.titles.at("ru"), "белый стул");
}

}  // namespace
}  // namespace kindred::shop
