// Prices as people write them. Tested by price_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kindred::catalog {

struct Price {
  double value = 0.0;
  std::string currency = {};  ///< its ISO 4217 code where the text names it
  /// '.' or ',' where the text shows for sure which of them begins the decimals: "19.99",
  /// "1.299,00" and "1,234,567" do, "1299" does not. Else 0.
  char decimal_mark = 0;
  /// Three digits follow the only mark, and neither the currency nor other prices say whether it
  /// begins decimals: "4.999".
  bool ambiguous = false;
};

/// "19.99", "1.234,56 €", "US$1,299", "1'299.90 CHF", "1 299,50", "₹1,29,999", "٤٫٥٠٠ د.ك", "5,-".
/// The mark before three last digits begins the decimals of a currency that has three (by Unicode's
/// CLDR: KWD, BHD, OMR, JOD, TND, LYD) and separates thousands of any other. `currency` is that of
/// the price where the text does not name it, and `decimal_mark` what the other prices of the file
/// show (0: nothing), which counts before the currency. Errors: std::nullopt for what is no price:
/// a range, a negative number, digits that are grouped by nobody's custom, words.
std::optional<Price> parse_price(std::string_view text, std::string_view currency = {},
                                 char decimal_mark = 0);

/// The ISO 4217 code of a sign or a code in any case ("€", "eur" → "EUR"); any other text as it is.
std::string currency_code(std::string_view text);

}  // namespace kindred::catalog
