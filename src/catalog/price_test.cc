#include "catalog/price.h"

#include <gtest/gtest.h>

namespace kindred::catalog {
namespace {

struct Case {
  const char* text;
  double value;
  const char* currency = "";
};

TEST(Price, IsReadAsPeopleWriteIt) {
  for (const auto& [text, value, currency] : {Case{"19.99", 19.99},
                                              {"0", 0},
                                              {"0.00 EUR", 0, "EUR"},
                                              {"1,299.00", 1299},
                                              {"1.299,00 €", 1299, "EUR"},
                                              {"US$1,299", 1299, "USD"},
                                              {"$ 5", 5, "USD"},
                                              {"$19.99 CAD", 19.99, "CAD"},
                                              {"12,5", 12.5},
                                              {"0.999", 0.999},
                                              {"1234.567", 1234.567},
                                              {"1 299,50 EUR", 1299.5, "EUR"},
                                              {"1\u00a0299,50\u00a0€", 1299.5, "EUR"},
                                              {"1\u202f299,00", 1299},
                                              {"1 299", 1299},
                                              {"￥99", 99, "CNY"},
                                              {"¥99", 99},
                                              {"99元", 99, "CNY"},
                                              {"1'299.90 CHF", 1299.9, "CHF"},
                                              {"CHF 1’299.90", 1299.9, "CHF"},
                                              {"1'299", 1299},
                                              {".99", 0.99},
                                              {"$.99", 0.99, "USD"},
                                              {"Rs.500", 500},
                                              {"Rs. 1,29,999.00", 129999},
                                              {"₹1,29,999", 129999, "INR"},
                                              {"1,234,567", 1234567},
                                              {"1.234.567,8", 1234567.8},
                                              {"12,50 eur", 12.5, "EUR"},
                                              {"49,90 zł", 49.9, "PLN"},
                                              {"199 kr", 199},
                                              {"5,-", 5},
                                              {"5.– CHF", 5, "CHF"},
                                              {"٤٫٥٠٠ د.ك", 4.5, "KWD"},
                                              {"١٬٢٩٩٫٠٠", 1299},
                                              {"１２．５０", 12.5},
                                              {"\u200f12.50\u200e", 12.5},
                                              {"100000000000000000000", 1e20}}) {
    const auto price = parse_price(text);
    ASSERT_TRUE(price) << text;
    EXPECT_DOUBLE_EQ(price->value, value) << text;
    EXPECT_EQ(price->currency, currency) << text;
    EXPECT_FALSE(price->ambiguous) << text;
  }
}

TEST(Price, IsNothingElse) {
  for (const char* text : {"",
                           "free",
                           "-5",
                           "−5",
                           "5-10",
                           "10 - 20",
                           "12.3.4,5x",
                           "1e5",
                           "abc 5",
                           "$",
                           "12.3.4",
                           "12 34",
                           "5 10",
                           "1.2,3.4",
                           "1,2345,678",
                           "1..5",
                           "5%",
                           "19.99/kg",
                           "from 5",
                           "2026-01-31",
                           "\xff"
                           "5"}) {
    EXPECT_FALSE(parse_price(text)) << text;
  }
}

// Three digits after the only mark: thousands, or the decimals of a currency that has three.
TEST(Price, KnowsHowManyDecimalsACurrencyHas) {
  for (const auto& [text, value, currency] : {Case{"4.500 KWD", 4.5, "KWD"},
                                              {"BHD 12.750", 12.75, "BHD"},
                                              {"1.250 OMR", 1.25, "OMR"},
                                              {"3.995 JOD", 3.995, "JOD"},
                                              {"12,500 TND", 12.5, "TND"},
                                              {"12.500 LYD", 12.5, "LYD"},
                                              {"1,234.500 KWD", 1234.5, "KWD"},
                                              {"4.500 JPY", 4500, "JPY"},
                                              {"4.500 ₫", 4500, "VND"},
                                              {"1.299 €", 1299, "EUR"},
                                              {"$1,299", 1299, "USD"},
                                              {"25,000 IQD", 25000, "IQD"}}) {
    const auto price = parse_price(text);
    ASSERT_TRUE(price) << text;
    EXPECT_DOUBLE_EQ(price->value, value) << text;
    EXPECT_EQ(price->currency, currency) << text;
    EXPECT_FALSE(price->ambiguous) << text;
  }
  EXPECT_EQ(parse_price("4.500", "KWD")->value, 4.5);
  EXPECT_EQ(parse_price("4.500", "EUR")->value, 4500);
  EXPECT_FALSE(parse_price("4.500", "EUR")->ambiguous);
  EXPECT_EQ(parse_price("4,500 KWD")->value, 4500);
  EXPECT_TRUE(parse_price("4,500 KWD")->ambiguous);
}

TEST(Price, SaysWhereItCouldBeEither) {
  for (const char* text : {"4.999", "1,299"}) {
    const auto price = parse_price(text);
    ASSERT_TRUE(price) << text;
    EXPECT_GT(price->value, 1000) << text;
    EXPECT_TRUE(price->ambiguous) << text;
    EXPECT_EQ(price->decimal_mark, 0) << text;
  }
  // What the other prices of the file show decides, and counts more than the currency.
  EXPECT_EQ(parse_price("4.999", "", '.')->value, 4.999);
  EXPECT_EQ(parse_price("4.999 EUR", "", '.')->value, 4.999);
  EXPECT_EQ(parse_price("4.500 KWD", "", ',')->value, 4500);
  EXPECT_FALSE(parse_price("4.999", "", ',')->ambiguous);
}

TEST(Price, ShowsItsDecimalMark) {
  EXPECT_EQ(parse_price("19.99")->decimal_mark, '.');
  EXPECT_EQ(parse_price("19,99")->decimal_mark, ',');
  EXPECT_EQ(parse_price("1.299,000")->decimal_mark, ',');
  EXPECT_EQ(parse_price("1,234,567")->decimal_mark, '.');
  EXPECT_EQ(parse_price("1'299.5")->decimal_mark, '.');
  EXPECT_EQ(parse_price("1 299")->decimal_mark, 0);
  EXPECT_EQ(parse_price("12")->decimal_mark, 0);
}

TEST(Price, NamesCurrencies) {
  EXPECT_EQ(currency_code("€"), "EUR");
  EXPECT_EQ(currency_code(" kwd "), "KWD");
  EXPECT_EQ(currency_code("USD"), "USD");
  EXPECT_EQ(currency_code("kr"), "kr");
  EXPECT_EQ(currency_code("points"), "points");
}

}  // namespace
}  // namespace kindred::catalog
