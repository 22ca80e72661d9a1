#include "prepare/attribute_variants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "catalog/quantity.h"

namespace kindred::prepare {
namespace {

catalog::Product phone() {
  catalog::Product product{.id = "1", .titles = {{"en", "Phone"}}};
  product.attributes = {{.key = "storage", .values = {{"", "256 GB"}}},
                        {.key = "colour", .values = {{"en", "black"}, {"zh", "黑色"}}},
                        {.key = "weight", .values = {{"", "180g"}}},
                        {.key = "battery", .values = {{"en", "5000 mAh, 2 cells"}}}};
  return product;
}

TEST(AttributeVariants, StayTrueOfTheProduct) {
  const catalog::Product product = phone();
  std::set<std::string> orders, storages;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const catalog::Product variant = vary_attributes(product, {}, random);
    EXPECT_EQ(variant.titles, product.titles);
    ASSERT_GE(variant.attributes.size(), 1U);
    std::string order;
    for (const catalog::Attribute& attribute : variant.attributes) {
      order += attribute.key[0];
      const auto original =
          std::find_if(product.attributes.begin(), product.attributes.end(),
                       [&](const auto& known) { return known.key == attribute.key; });
      ASSERT_NE(original, product.attributes.end());
      ASSERT_EQ(attribute.values.size(), original->values.size());
      for (const auto& [language, value] : attribute.values) {
        EXPECT_EQ(catalog::normalize_quantities(value, attribute.key),
                  catalog::normalize_quantities(original->values.at(language), attribute.key));
      }
      if (attribute.key == "storage") storages.insert(attribute.values.at(""));
    }
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 20U);
  EXPECT_EQ(storages, (std::set<std::string>{"256 GB", "256GB"}));
}

TEST(AttributeVariants, AreTheSameForASeedAndNothingIsMadeOfNothing) {
  Random a(7), b(7);
  EXPECT_EQ(vary_attributes(phone(), {}, a), vary_attributes(phone(), {}, b));
  const catalog::Product bare{.id = "1"};
  EXPECT_EQ(vary_attributes(bare, {}, a), bare);
}

}  // namespace
}  // namespace kindred::prepare
