#include "prepare/log_time.h"

#include <charconv>
#include <chrono>
#include <cmath>

#include "base/error.h"

namespace kindred::prepare {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr Microseconds kMinute = 60 * kSecond;
constexpr Microseconds kHour = 60 * kMinute;
constexpr Microseconds kDay = 24 * kHour;

constexpr Microseconds start_of(int year) {
  return sys_days(std::chrono::year(year) / 1 / 1).time_since_epoch().count() * kDay;
}
constexpr Microseconds kFirst = start_of(1995);
constexpr Microseconds kLast = start_of(2100);

// Takes digits off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool digits(std::size_t count, int& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool fraction(Microseconds& value) {
    if (text_.empty() || text_[0] < '0' || text_[0] > '9') return false;
    Microseconds unit = kSecond / 10;
    value = 0;
    for (; !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; unit /= 10, text_.remove_prefix(1))
      value += (text_[0] - '0') * unit;
    return true;
  }
  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_[0]; }

 private:
  std::string_view text_;
};

// "Z", " UTC", "+02:00", "+0200", "+02"; nothing is the zone that is given.
bool scan_zone(Scanner& text, Microseconds& zone) {
  text.take(' ');
  if (text.at_end()) return true;
  if (text.take("UTC") || text.take("GMT") || text.take('Z') || text.take('z')) {
    zone = 0;
    return text.at_end();
  }
  const bool minus = text.peek() == '-';
  int hours = 0, minutes = 0;
  if (!text.take('+') && !text.take('-')) return false;
  if (!text.digits(2, hours)) return false;
  text.take(':');
  if (!text.at_end() && !text.digits(2, minutes)) return false;
  if (hours > 14 || minutes > 59) return false;
  zone = (hours * kHour + minutes * kMinute) * (minus ? -1 : 1);
  return text.at_end();
}

std::optional<Microseconds> parse_iso(std::string_view written, Microseconds zone) {
  Scanner text(written);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  Microseconds fraction = 0;
  if (!text.digits(4, year) || (!text.take('-') && !text.take('/')) || !text.digits(2, month) ||
      (!text.take('-') && !text.take('/')) || !text.digits(2, day))
    return std::nullopt;
  const auto date = std::chrono::year(year) / month / day;
  if (!date.ok()) return std::nullopt;
  if (!text.at_end()) {
    if (!text.take('T') && !text.take(' ') && !text.take('t')) return std::nullopt;
    if (!text.digits(2, hour) || !text.take(':') || !text.digits(2, minute)) return std::nullopt;
    if (text.take(':') && !text.digits(2, second)) return std::nullopt;
    if ((text.take('.') || text.take(',')) && !text.fraction(fraction)) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 60 || !scan_zone(text, zone)) return std::nullopt;
  }
  return sys_days(date).time_since_epoch().count() * kDay + hour * kHour + minute * kMinute +
         second * kSecond + fraction - zone;
}

// How many microseconds the unit of a count since 1970 has, by its size.
std::optional<Microseconds> parse_epoch(std::string_view text) {
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && at == end) {
    if (whole < 0) return std::nullopt;
    if (whole < 100'000'000'000) return whole * kSecond;
    if (whole < 100'000'000'000'000) return whole * 1000;
    if (whole < 100'000'000'000'000'000) return whole;
    return whole / 1000;
  }
  double value = 0.0;
  if (const auto [at, error] = std::from_chars(text.data(), end, value);
      error != std::errc() || at != end || !(value >= 0.0 && value < 1e19))
    return std::nullopt;
  const double unit = value < 1e11 ? 1e6 : value < 1e14 ? 1e3 : value < 1e17 ? 1.0 : 1e-3;
  return static_cast<Microseconds>(std::llround(value * unit));
}

}  // namespace

std::optional<Microseconds> parse_time(std::string_view text, Microseconds zone) noexcept {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  const bool date = text.size() >= 8 && (text[4] == '-' || text[4] == '/');
  const auto time = date ? parse_iso(text, zone) : parse_epoch(text);
  if (!time || *time < kFirst || *time >= kLast) return std::nullopt;
  return time;
}

Microseconds parse_zone(const std::string& text) {
  Microseconds zone = 0;
  const bool one_digit = text.size() == 2 && (text[0] == '+' || text[0] == '-');
  const std::string full = one_digit ? fmt::format("{}0{}", text[0], text[1]) : text;
  Scanner scanner(full);
  if (full.empty() || !scan_zone(scanner, zone)) {
    fail(ErrorKind::bad_input,
         "'{}' is no offset from UTC; write UTC, +02:00 or -0330 (a zone with summer time must be "
         "written into the log's times)",
         text);
  }
  return zone;
}

std::string format_time(Microseconds time) {
  const auto day = std::chrono::floor<days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time)));
  const std::chrono::year_month_day date(day);
  const Microseconds rest = time - day.time_since_epoch().count() * kDay;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / kHour, rest % kHour / kMinute, rest % kMinute / kSecond);
}

}  // namespace kindred::prepare
