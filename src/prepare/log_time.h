// Times as logs write them. Tested by log_time_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kindred::prepare {

/// Microseconds since 1970-01-01 UTC.
using Microseconds = std::int64_t;
inline constexpr Microseconds kSecond = 1'000'000;

/// Reads ISO 8601 with seconds or without ("2026-01-31T12:00:00.5+02:00", "2026-01-31 12:00:00",
/// "… UTC", a date alone), and a count of seconds, milliseconds, microseconds or nanoseconds since
/// 1970, which its size tells ("1769860800", "1769860800.25", "1.7698608e12"). `zone` is the
/// offset from UTC of a time that names none, in microseconds. Nothing for all else, and for times
/// before 1995 or after 2100: a log of them has a wrong column.
std::optional<Microseconds> parse_time(std::string_view text, Microseconds zone = 0) noexcept;

/// "UTC", "Z", "+02:00", "-0330", "+9". Errors: bad_input.
Microseconds parse_zone(const std::string& text);

/// "2026-01-31T12:00:00Z".
std::string format_time(Microseconds time);

}  // namespace kindred::prepare
