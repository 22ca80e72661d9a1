#include "catalog/quantity.h"

#include <gtest/gtest.h>

namespace kindred::catalog {
namespace {

struct Case {
  const char* key;
  const char* text;
  const char* expected;
};

TEST(Quantity, WritesWhatSellersWriteInOneWay) {
  const Case cases[] = {
      {"", "256GB", "256 GB"},
      {"", "256 gb", "256 GB"},
      {"", "256 G", "256 GB"},
      {"", "256吉", "256 GB"},
      {"storage", "256g", "256 GB"},
      {"storage", "1T", "1 TB"},
      {"storage", "256GB ROM", "256 GB ROM"},
      {"stockage", "256 Go", "256 GB"},
      {"", "8GB+128GB", "8 GB+128 GB"},
      {"memory", "6 G", "6 GB"},
      {"network", "5G", "5G"},
      {"network", "4G LTE", "4G LTE"},
      {"weight", "256 G", "256 g"},
      {"weight", "500克", "500 g"},
      {"", "500g", "500 g"},
      {"", "1,5 kg", "1.5 kg"},
      {"", "1.500 kg", "1.5 kg"},
      {"", "2公斤", "2 kg"},
      {"", "2.5千克", "2.5 kg"},
      {"", "3 kilos", "3 kg"},
      {"", "6,7 pulgadas", "6.7 in"},
      {"", "6.7英寸", "6.7 in"},
      {"", "15,6\"", "15.6 in"},
      {"", "15.6-inch display", "15.6 in display"},
      {"", "55 pouces", "55 in"},
      {"", "5000mAh", "5000 mAh"},
      {"", "5.000 mAh", "5000 mAh"},
      {"", "5,000 mAh", "5000 mAh"},
      {"", "5000毫安时", "5000 mAh"},
      {"", "1,200 W", "1200 W"},
      {"", "65W快充", "65 W 快充"},
      {"", "220伏", "220 V"},
      {"", "500毫升", "500 ml"},
      {"", "1,5 litros", "1.5 L"},
      {"", "0.75l", "0.75 L"},
      {"", "120 x 60 cm", "120 x 60 cm"},
      {"", "120cm x 60cm", "120 cm x 60 cm"},
      {"", "180公分", "180 cm"},
      {"", "3 mètres", "3 m"},
      {"", "800 lúmenes", "800 lm"},
      {"", "144Hz", "144 Hz"},
      {"", "3.2GHz", "3.2 GHz"},
      {"", "1,234.5 g", "1234.5 g"},
      {"", "0.500 g", "0.5 g"},
      {"size", "XXL", "2XL"},
      {"size", "XXXL", "3XL"},
      {"size", "XL", "XL"},
      {"size", "42", "42"},
      {"", "4 to 6 people", "4 to 6 people"},
      {"", "A52s 5G", "A52s 5G"},
      {"", "DDR4 3200", "DDR4 3200"},
      {"", "Pack of 12", "Pack of 12"},
      {"", "IP68", "IP68"},
      {"", "3 mesas", "3 mesas"},
      {"", "2 go karts", "2 go karts"},
      {"", "USB 3.0", "USB 3.0"},
      {"", "", ""},
      {"", "10", "10"},
  };
  for (const auto& [key, text, expected] : cases) {
    EXPECT_EQ(normalize_quantities(text, key), expected) << key << ": " << text;
    EXPECT_EQ(normalize_quantities(expected, key), expected) << "again, " << key << ": " << text;
  }
}

TEST(Quantity, ComparesInBaseUnits) {
  const auto base = [](const char* text) { return first_quantity(text)->in_base_unit(); };
  EXPECT_EQ(base("1 TB").value, 1024.0);
  EXPECT_EQ(base("1 TB").unit, "GB");
  EXPECT_EQ(base("1.5 kg").value, 1500.0);
  EXPECT_EQ(base("10 cm").value, 100.0);
  EXPECT_EQ(base("2 L").unit, "ml");
  EXPECT_FALSE(first_quantity("no number"));
  EXPECT_FALSE(first_quantity("42"));
}

}  // namespace
}  // namespace kindred::catalog
