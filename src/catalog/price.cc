// Prices as people write them.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "catalog/mapping.h"

namespace kindred::catalog {
namespace {

struct CurrencyName {
  std::string_view written;
  std::string_view code;
};
// The longest that fits counts.
constexpr CurrencyName kCurrencies[] = {
    {"US$", "USD"}, {"$", "USD"},  {"€", "EUR"},      {"£", "GBP"},   {"CN¥", "CNY"},
    {"￥", "CNY"},  {"元", "CNY"}, {"人民币", "CNY"}, {"RMB", "CNY"}, {"JP¥", "JPY"},
    {"円", "JPY"},  {"₩", "KRW"},  {"₹", "INR"},      {"R$", "BRL"},  {"MX$", "MXN"},
    {"₽", "RUB"}, {"CHF", "CHF"}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
  for (const std::string_view space : {" ", "\t", "\u00a0", "\u202f"}) {
    while (text.starts_with(space)) text.remove_prefix(space.size());
    while (text.ends_with(space)) text.remove_suffix(space.size());
  }
  return text;
}

/// The currency that a text is, whole; nothing for any other text.
std::optional<std::string> currency_of(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::string();
  for (const CurrencyName& name : kCurrencies) {
    if (text == name.written) return std::string(name.code);
  }
  const bool code = text.size() == 3 && std::all_of(text.begin(), text.end(),
                                                    [](char c) { return c >= 'A' && c <= 'Z'; });
  return code ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace

std::optional<Price> parse_price(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size() && !is_digit(text[begin])) ++begin;
  if (begin < text.size() && begin > 0 && text[begin - 1] == '.') --begin;  // ".99"
  std::size_t end = text.size();
  while (end > begin && !is_digit(text[end - 1])) --end;
  if (begin >= end) return std::nullopt;
  const auto before = currency_of(text.substr(0, begin));
  const auto after = currency_of(text.substr(end));
  if (!before || !after) return std::nullopt;

  std::string number(text.substr(begin, end - begin));
  for (const std::string_view space : {"\u00a0", "\u202f", " ", "'"}) {
    for (std::size_t at = number.find(space); at != std::string::npos;
         at = number.find(space, at)) {
      number.erase(at, space.size());
    }
  }
  // The last separator is the decimal one unless it repeats, or three digits follow the only kind.
  const std::size_t last = number.find_last_of(".,");
  if (last != std::string::npos) {
    const char mark = number[last];
    const char other = mark == '.' ? ',' : '.';
    const bool repeats = std::count(number.begin(), number.end(), mark) > 1;
    const bool mixed = number.find(other) != std::string::npos;
    const bool thousands = repeats || (!mixed && number.size() - last - 1 == 3 && last > 0 &&
                                       last <= 3 && number[0] != '0');
    std::string plain;
    for (std::size_t i = 0; i < number.size(); ++i) {
      if (i == last && !thousands) plain += '.';
      if (number[i] != '.' && number[i] != ',') plain += number[i];
    }
    number = plain;
  }
  double value = 0.0;
  const char* stop = number.data() + number.size();
  const auto [parsed, error] =
      std::from_chars(number.data(), stop, value, std::chars_format::fixed);
  if (error != std::errc() || parsed != stop || !std::isfinite(value)) return std::nullopt;
  return Price{value, !before->empty() ? *before : *after};
}

}  // namespace kindred::catalog
