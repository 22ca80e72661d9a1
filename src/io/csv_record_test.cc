#include "io/csv_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::io {
namespace {

using testing::ElementsAre;
using Result = CsvRecord::Result;

struct Scanned {
  Result result;
  std::vector<std::string> values;
  std::size_t end = 0;
  std::uint64_t lines = 0;
};

// Feeds the text a byte more at a time, as a slow pipe would; `last` after the last one.
Scanned scan(const std::string& text, std::size_t step = 1) {
  CsvRecord record;
  Scanned scanned{.result = Result::incomplete, .values = {}};
  for (std::size_t have = step; scanned.result == Result::incomplete; have += step) {
    const bool last = have >= text.size() + step;
    scanned.result = record.scan(std::string_view(text).substr(0, have), last);
  }
  if (scanned.result != Result::complete) return scanned;
  for (const std::string_view value : record.values(text)) scanned.values.emplace_back(value);
  scanned.end = record.end();
  scanned.lines = record.lines();
  return scanned;
}

TEST(CsvRecord, Fields) {
  EXPECT_THAT(scan("a,b,c\n").values, ElementsAre("a", "b", "c"));
  EXPECT_THAT(scan("a,,\n").values, ElementsAre("a", "", ""));
  EXPECT_THAT(scan(",\r\n").values, ElementsAre("", ""));
  EXPECT_THAT(scan("\n").values, ElementsAre(""));
  EXPECT_THAT(scan(" a , b \n").values, ElementsAre(" a ", " b "));
  EXPECT_THAT(scan("a\rb,c\n").values, ElementsAre("a\rb", "c"));
}

TEST(CsvRecord, Quotes) {
  EXPECT_THAT(scan("\"a,b\",\"c\nd\"\n").values, ElementsAre("a,b", "c\nd"));
  EXPECT_THAT(scan("\"say \"\"hi\"\"\",\"\"\"\"\r\n").values, ElementsAre("say \"hi\"", "\""));
  EXPECT_THAT(scan("\"\",\"\"\n").values, ElementsAre("", ""));
  EXPECT_THAT(scan("5\" pipe,a\"\"b\n").values, ElementsAre("5\" pipe", "a\"\"b"));
  EXPECT_THAT(scan("\"a\r\nb\"\r\n").values, ElementsAre("a\r\nb"));
}

TEST(CsvRecord, EndsAndLines) {
  const Scanned scanned = scan("\"a\nb\nc\",d\nnext\n", 100);
  EXPECT_EQ(scanned.end, 10U);
  EXPECT_EQ(scanned.lines, 3U);
  EXPECT_EQ(scan("a\r\nb\n", 100).end, 3U);
}

TEST(CsvRecord, EndOfInputEndsTheRecord) {
  EXPECT_THAT(scan("a,b").values, ElementsAre("a", "b"));
  EXPECT_THAT(scan("a,").values, ElementsAre("a", ""));
  EXPECT_THAT(scan("a,\"b\"").values, ElementsAre("a", "b"));
  EXPECT_THAT(scan("a,\"b\"\r").values, ElementsAre("a", "b"));
  EXPECT_THAT(scan("a,b\r").values, ElementsAre("a", "b"));
}

TEST(CsvRecord, Malformed) {
  EXPECT_EQ(scan("\"a\" b,c\n").result, Result::after_quote);
  EXPECT_EQ(scan("\"a\"\rb\n").result, Result::after_quote);
  EXPECT_EQ(scan("\"a,b\n").result, Result::open_quote);
  EXPECT_EQ(scan("\"a\"\"\n").result, Result::open_quote);
}

TEST(CsvRecord, BlankIsALineWithNothing) {
  for (const auto& [text, blank] :
       {std::pair("\n", true), {"\r\n", true}, {"\"\"\n", false}, {",\n", false}, {" \n", false}}) {
    CsvRecord record;
    ASSERT_EQ(record.scan(text, true), Result::complete);
    EXPECT_EQ(record.blank(), blank) << text;
  }
}

}  // namespace
}  // namespace kindred::io
