#include "prepare/log_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::prepare {
namespace {

std::string read(std::string_view text, Microseconds zone = 0) {
  const auto time = parse_time(text, zone);
  return time ? format_time(*time) : "no time";
}

TEST(LogTime, ReadsIso8601) {
  EXPECT_EQ(read("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(read("2026-01-31 12:00:00"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(read("2026-01-31 12:00:00.123456 UTC"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(read("2026-01-31T12:00+02:00"), "2026-01-31T10:00:00Z");
  EXPECT_EQ(read("2026-01-31T12:00:00-0330"), "2026-01-31T15:30:00Z");
  EXPECT_EQ(read("2026/01/31 23:59:60"), "2026-02-01T00:00:00Z") << "a leap second";
  EXPECT_EQ(read("2026-01-31"), "2026-01-31T00:00:00Z");
  EXPECT_EQ(parse_time("2026-01-31T12:00:00.25Z").value() % kSecond, 250'000);
}

TEST(LogTime, TakesTheGivenZoneOnlyWhereThereIsNone) {
  const Microseconds zone = parse_zone("+02:00");
  EXPECT_EQ(read("2026-01-31 12:00:00", zone), "2026-01-31T10:00:00Z");
  EXPECT_EQ(read("2026-01-31 12:00:00Z", zone), "2026-01-31T12:00:00Z");
  EXPECT_EQ(read("1769860800", zone), "2026-01-31T12:00:00Z") << "since 1970 is in UTC";
}

TEST(LogTime, TellsTheUnitOfACountBySize) {
  for (const std::string_view text :
       {"1769860800", "1769860800.0", "1769860800000", "1769860800000000", "1769860800000000000",
        "1.7698608e9", "1.7698608E12", " 1769860800 "})
    EXPECT_EQ(read(text), "2026-01-31T12:00:00Z") << text;
}

TEST(LogTime, RefusesAllElse) {
  for (const std::string_view text :
       {"", "-1", "0", "now", "2026-02-30", "2026-01-31T25:00:00", "2026-01-31T12:00:00+99:00",
        "2026-01-31X", "31/01/2026", "20260131", "NaN", "1e400", "2026-01-31T12:00:00.",
        "99999999999999999999", "1926-01-31"})
    EXPECT_EQ(read(text), "no time") << text;
}

TEST(LogTime, ReadsZones) {
  EXPECT_EQ(parse_zone("UTC"), 0);
  EXPECT_EQ(parse_zone("+9"), 9 * 3600 * kSecond);
  EXPECT_EQ(parse_zone("-05:30"), -(5 * 3600 + 1800) * kSecond);
  EXPECT_KINDRED_ERROR(parse_zone("Europe/Paris"), ErrorKind::bad_input, "summer time");
  EXPECT_KINDRED_ERROR(parse_zone(""), ErrorKind::bad_input, "offset");
}

}  // namespace
}  // namespace kindred::prepare
