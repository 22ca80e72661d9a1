#include "catalog/price.h"

#include <unicode/uchar.h>
#include <unicode/ucurr.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "text/code_points.h"

namespace kindred::catalog {
namespace {

struct CurrencyName {
  std::string_view written;
  std::string_view code;  // empty: a currency, but of several countries
};
constexpr CurrencyName kCurrencies[] = {
    {"$", "USD"},   {"US$", "USD"},  {"A$", "AUD"},   {"AU$", "AUD"},    {"C$", "CAD"},
    {"CA$", "CAD"}, {"HK$", "HKD"},  {"NT$", "TWD"},  {"NZ$", "NZD"},    {"S$", "SGD"},
    {"R$", "BRL"},  {"MX$", "MXN"},  {"€", "EUR"},    {"£", "GBP"},      {"¥", ""},
    {"CN¥", "CNY"}, {"￥", "CNY"},   {"元", "CNY"},   {"人民币", "CNY"}, {"RMB", "CNY"},
    {"JP¥", "JPY"}, {"円", "JPY"},   {"₩", "KRW"},    {"원", "KRW"},     {"₹", "INR"},
    {"Rs", ""},     {"Rs.", ""},     {"₽", "RUB"},  {"руб.", "RUB"},   {"₴", "UAH"},
    {"₺", "TRY"},   {"TL", "TRY"},   {"₫", "VND"},    {"đ", "VND"},      {"฿", "THB"},
    {"₱", "PHP"},   {"₪", "ILS"},    {"₦", "NGN"},    {"₡", "CRC"},      {"₸", "KZT"},
    {"zł", "PLN"},  {"Kč", "CZK"},   {"Ft", "HUF"},   {"lei", "RON"},    {"лв", "BGN"},
    {"лв.", "BGN"}, {"kr", ""},      {"kr.", ""},     {"Rp", "IDR"},     {"RM", "MYR"},
    {"Fr.", "CHF"}, {"SFr.", "CHF"}, {"KD", "KWD"},   {"د.ك", "KWD"},    {"د.ك.", "KWD"},
    {"د.إ", "AED"}, {"ر.س", "SAR"},  {"ر.ع.", "OMR"}, {"د.ب", "BHD"},    {"د.أ", "JOD"},
    {"د.ت", "TND"}, {"ل.د", "LYD"},  {"ع.د", "IQD"},  {"ج.م", "EGP"},    {"د.م.", "MAD"},
    {"ر.ق", "QAR"}, {"SR", "SAR"}};

std::string utf8(std::u32string_view text) {
  std::string result;
  for (const char32_t c : text) text::append(result, c);
  return result;
}

std::u32string_view trimmed(std::u32string_view text) {
  while (text.starts_with(U' ')) text.remove_prefix(1);
  while (text.ends_with(U' ')) text.remove_suffix(1);
  return text;
}

bool is_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool is_mark(char32_t c) {
  return c == U'.' || c == U',';
}

// Digits, marks, apostrophes, minus signs and spaces of any script in ASCII, and without
// directions. `mark`: becomes '.' where the text has a mark that can only begin decimals.
std::u32string simplified(std::string_view text, char& mark) {
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = text::decode(text, at);
    at += bytes;
    const auto code = static_cast<UChar32>(c);
    if (u_charType(code) == U_DECIMAL_DIGIT_NUMBER) {
      result += static_cast<char32_t>(U'0' + u_charDigitValue(code));
    } else if (c == 0x66b) {  // the Arabic decimal separator
      mark = '.';
      result += U'.';
    } else if (c == 0x66c || c == 0x60c || c == 0xff0c) {
      result += U',';
    } else if (c == 0xff0e) {
      result += U'.';
    } else if (c == 0x2019 || c == 0x2bc || c == 0x2032) {
      result += U'\'';
    } else if (c == 0x2212) {
      result += U'-';
    } else if (u_isUWhiteSpace(code)) {
      result += U' ';
    } else if (u_charType(code) != U_FORMAT_CHAR) {
      result += c;
    }
  }
  return result;
}

/// The code of a text that is a currency, empty for one of several countries; nothing for any other
/// text.
std::optional<std::string> code_of(std::string_view text) {
  for (const CurrencyName& name : kCurrencies) {
    if (text == name.written) return std::string(name.code);
  }
  if (text.size() != 3) return std::nullopt;
  std::string code;
  UChar wide[4] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const char c = text[i];
    code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (code[i] < 'A' || code[i] > 'Z') return std::nullopt;
    wide[i] = static_cast<UChar>(code[i]);
  }
  // Capitals are a code even where they are no state's.
  UErrorCode error = U_ZERO_ERROR;
  const bool known = ucurr_isAvailable(wide, U_DATE_MIN, U_DATE_MAX, &error) != 0;
  return code == text || known ? std::optional(code) : std::nullopt;
}

/// What stands beside the number: a currency, its code, or nothing.
std::optional<std::string> currency_of(std::u32string_view text) {
  text = trimmed(text);
  return text.empty() ? std::string() : code_of(utf8(text));
}

int decimals_of(std::string_view currency) {
  UChar wide[4] = {};
  for (std::size_t i = 0; i < 3; ++i) wide[i] = static_cast<UChar>(currency[i]);
  UErrorCode error = U_ZERO_ERROR;
  return ucurr_getDefaultFractionDigits(wide, &error);
}

// Groups of digits with a mark between each two: "1.299,00" is 1 . 299 , 00.
struct Number {
  std::vector<std::u32string_view> groups;
  std::u32string marks;
};

std::optional<Number> split(std::u32string_view text) {
  Number number;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_digit(text[i])) continue;
    if (i == begin && i > 0) return std::nullopt;  // two marks, or one at the end
    number.groups.push_back(text.substr(begin, i - begin));
    if (i == text.size()) break;
    if (!is_mark(text[i]) && text[i] != U' ' && text[i] != U'\'') return std::nullopt;
    number.marks += text[i];
    begin = i + 1;
  }
  return number;
}

/// By threes, or as in India: twos and a last three.
bool is_grouped(std::span<const std::u32string_view> groups) {
  if (groups.size() < 2) return !groups.empty() && !groups[0].empty();
  if (groups[0].empty() || groups[0].size() > 3 || groups.back().size() != 3) return false;
  const auto middle = groups.subspan(1, groups.size() - 2);
  const auto all_of_size = [&](std::size_t size) {
    return std::all_of(middle.begin(), middle.end(),
                       [size](std::u32string_view group) { return group.size() == size; });
  };
  return all_of_size(3) || (groups[0].size() < 3 && all_of_size(2));
}

// Decides what the marks are. False for what is no number.
bool read_marks(const Number& number, std::string_view currency, char shown, Price& price,
                bool& has_decimals) {
  const std::u32string_view marks = number.marks;
  has_decimals = false;
  if (marks.empty()) return true;
  const char32_t last = marks.back();
  const bool alike = marks.find_first_not_of(last) == std::u32string_view::npos;
  const char other = last == U'.' ? ',' : '.';
  if (alike && (marks.size() > 1 || !is_mark(last))) {
    if (is_mark(last)) price.decimal_mark = other;
    return is_grouped(number.groups);
  }
  has_decimals = true;
  const std::u32string_view before = marks.substr(0, marks.size() - 1);
  const std::u32string_view whole = number.groups.front();
  const bool may_be_thousands = before.empty() && number.groups.back().size() == 3 &&
                                whole.size() <= 3 && !whole.empty() && whole[0] != U'0';
  if (!may_be_thousands) {
    price.decimal_mark = static_cast<char>(last);
    if (before.empty()) return true;
    return is_mark(last) && before.find_first_not_of(before[0]) == std::u32string_view::npos &&
           is_grouped(std::span(number.groups).first(number.groups.size() - 1));
  }
  if (shown != 0) {
    has_decimals = last == static_cast<char32_t>(shown);
  } else if (currency.size() == 3 && decimals_of(currency) == 3) {
    // Of these only Tunisia and Libya write decimals behind a comma; elsewhere it can be either.
    const bool by_comma = currency == "TND" || currency == "LYD";
    has_decimals = last == U'.' || by_comma;
    price.ambiguous = !has_decimals;
  } else {
    has_decimals = false;
    price.ambiguous = currency.empty();
  }
  return true;
}

/// "5,-" and "5.–" are whole.
std::u32string_view without_dashes(std::u32string_view after) {
  if (after.size() < 2 || !is_mark(after[0])) return after;
  std::size_t end = 1;
  while (end < after.size() && (after[end] == U'-' || after[end] == U'–' || after[end] == U'—'))
    ++end;
  return end == 1 ? after : after.substr(end);
}

}  // namespace

std::optional<Price> parse_price(std::string_view text, std::string_view currency,
                                 char decimal_mark) {
  if (text::valid_prefix(text) != text.size()) return std::nullopt;
  const std::u32string plain = simplified(text, decimal_mark);
  const std::u32string_view all = plain;
  std::size_t begin = 0;
  while (begin < all.size() && !is_digit(all[begin])) ++begin;
  if (begin == all.size()) return std::nullopt;
  std::size_t end = all.size();
  while (!is_digit(all[end - 1])) --end;
  // ".99", but not "Rs.500"
  const bool bare = begin > 0 && is_mark(all[begin - 1]) &&
                    (begin == 1 || !u_isalpha(static_cast<UChar32>(all[begin - 2])));
  if (bare) --begin;
  const auto before = currency_of(all.substr(0, begin));
  const auto after = currency_of(without_dashes(all.substr(end)));
  if (!before || !after) return std::nullopt;
  Price price{.currency = after->empty() ? *before : *after};  // "$19.99 CAD"
  const std::string_view known = price.currency.empty() ? currency : price.currency;

  const auto number = split(all.substr(begin, end - begin));
  bool has_decimals = false;
  if (!number || !read_marks(*number, known, decimal_mark, price, has_decimals))
    return std::nullopt;
  std::string digits;
  for (std::size_t g = 0; g < number->groups.size(); ++g) {
    if (has_decimals && g + 1 == number->groups.size()) digits += '.';
    for (const char32_t c : number->groups[g]) digits += static_cast<char>(c);
  }
  const char* stop = digits.data() + digits.size();
  const auto [parsed, error] =
      std::from_chars(digits.data(), stop, price.value, std::chars_format::fixed);
  if (error != std::errc() || parsed != stop || !std::isfinite(price.value)) return std::nullopt;
  return price;
}

std::string currency_code(std::string_view text) {
  if (text::valid_prefix(text) != text.size()) return std::string(text);
  char unused = 0;
  const std::string plain = utf8(trimmed(simplified(text, unused)));
  const auto code = code_of(plain);
  return code && !code->empty() ? *code : std::string(text);
}

}  // namespace kindred::catalog
