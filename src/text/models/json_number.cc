#include "text/models/json_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace kindred::text {
namespace {

constexpr int kMaxPower = 308;
constexpr std::int64_t kExponentLimit = std::numeric_limits<std::int32_t>::max();

// 10^0 … 10^308, each the nearest double.
const std::array<double, kMaxPower + 1>& powers_of_ten() {
  static const auto powers = [] {
    std::array<double, kMaxPower + 1> table{};
    for (int i = 0; i <= kMaxPower; ++i)
      table[static_cast<std::size_t>(i)] = std::stod("1e" + std::to_string(i));
    return table;
  }();
  return powers;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Cursor {
  std::string_view text;
  std::size_t at = 0;
  char peek() const { return at < text.size() ? text[at] : '\0'; }
};

// Appends decimal digits while they fit; the digits read, and the number of those that did not.
struct Digits {
  std::size_t kept = 0;
  std::size_t dropped = 0;
};
Digits read_digits(Cursor& in, std::uint64_t& significand) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  Digits digits;
  for (; is_digit(in.peek()); ++in.at) {
    const auto digit = static_cast<std::uint64_t>(in.peek() - '0');
    if (digits.dropped > 0 || significand > kMax / 10 ||
        (significand == kMax / 10 && digit > kMax % 10)) {
      ++digits.dropped;
    } else {
      significand = significand * 10 + digit;
      ++digits.kept;
    }
  }
  return digits;
}

std::optional<double> scale(std::uint64_t significand, std::int64_t exponent) {
  auto value = static_cast<double>(significand);
  while (exponent < -kMaxPower && value != 0.0) {
    value /= 1e308;
    exponent += kMaxPower;
  }
  if (value == 0.0) return value;
  if (exponent > kMaxPower) return std::nullopt;
  const double power = powers_of_ten()[static_cast<std::size_t>(std::abs(exponent))];
  value = exponent >= 0 ? value * power : value / power;
  if (std::isinf(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> parse_json_number(std::string_view text) {
  Cursor in{text};
  const bool negative = in.peek() == '-';
  if (negative) ++in.at;
  if (!is_digit(in.peek())) return std::nullopt;
  if (in.peek() == '0' && in.at + 1 < text.size() && is_digit(text[in.at + 1])) return std::nullopt;

  std::uint64_t significand = 0;
  // Digits of the integer part that did not fit still count as powers of ten.
  const Digits integer = read_digits(in, significand);
  auto exponent = static_cast<std::int64_t>(integer.dropped);
  if (in.peek() == '.') {
    ++in.at;
    const Digits fraction = read_digits(in, significand);
    if (fraction.kept + fraction.dropped == 0) return std::nullopt;
    exponent -= static_cast<std::int64_t>(fraction.kept);
  }
  if (in.peek() == 'e' || in.peek() == 'E') {
    ++in.at;
    const bool down = in.peek() == '-';
    if (down || in.peek() == '+') ++in.at;
    if (!is_digit(in.peek())) return std::nullopt;
    std::int64_t power = 0;
    for (; is_digit(in.peek()); ++in.at)
      power = std::min<std::int64_t>(power * 10 + (in.peek() - '0'), kExponentLimit);
    exponent += down ? -power : power;
  }
  if (in.at != text.size()) return std::nullopt;
  const std::optional<double> value = scale(significand, exponent);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

}  // namespace kindred::text
