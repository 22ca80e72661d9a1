#include "text/models/json_number.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kindred::text {
namespace {

// Expected values come from the digits as an integer and one division, which the nearest double
// may miss.
TEST(JsonNumber, DividesTheDigitsOnce) {
  EXPECT_EQ(parse_json_number("-9.7234249114990234"), -(97234249114990234.0 / 1e16));
  EXPECT_EQ(parse_json_number("-3.9299705028533936"), -(39299705028533936.0 / 1e16));
  EXPECT_EQ(parse_json_number("1.5e3"), 15.0 * 1e2);
  EXPECT_EQ(parse_json_number("1E-3"), 1.0 / 1e3);
  EXPECT_EQ(parse_json_number("2.50e+1"), 250.0 / 10.0);
  EXPECT_EQ(parse_json_number("12"), 12.0);
  EXPECT_EQ(parse_json_number("0.0"), 0.0);
  EXPECT_TRUE(std::signbit(*parse_json_number("-0.0")));
}

TEST(JsonNumber, DropsDigitsBeyond64Bits) {
  EXPECT_EQ(parse_json_number("0.12345678901234567890123"), 12345678901234567890.0 / 1e20);
  EXPECT_EQ(parse_json_number("123456789012345678901234"), 12345678901234567890.0 * 1e4);
  EXPECT_EQ(parse_json_number("18446744073709551616"), 1844674407370955161.0 * 10.0);
}

TEST(JsonNumber, GoesToZeroButNotToInfinity) {
  EXPECT_EQ(parse_json_number("1e-400"), 0.0);
  EXPECT_EQ(parse_json_number("0e999999999999"), 0.0);
  EXPECT_EQ(parse_json_number("1e-99999999999"), 0.0);
  EXPECT_EQ(parse_json_number("1e309"), std::nullopt);
  EXPECT_EQ(parse_json_number("10e308"), std::nullopt);
}

TEST(JsonNumber, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1x", "nan", "null", "1 "})
    EXPECT_EQ(parse_json_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace kindred::text
