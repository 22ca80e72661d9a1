#include "io/json_array.h"

#include <unistd.h>

#include <thread>

#include "io/expect_error.h"
#include "io/table.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;

std::vector<std::string> rows(TableReader reader, std::vector<std::uint64_t>* lines = nullptr) {
  std::vector<std::string> all;
  for (TableRow row; reader.next(row);) {
    EXPECT_EQ(row.number, all.size());
    all.emplace_back(row.values[0]);
    if (lines) lines->push_back(row.line);
  }
  return all;
}

TableReader reader(std::string_view text, const std::string& column = "") {
  TableOptions options;
  if (!column.empty()) options.columns = {column};
  return TableReader::from_memory(text, "f.json", options);
}

TEST(JsonArray, StringsAndObjects) {
  EXPECT_THAT(rows(reader(R"(["red shoes", "a,b]", "\"}", "", "红"])")),
              ElementsAre("red shoes", "a,b]", "\"}", "", "红"));
  std::vector<std::uint64_t> lines;
  EXPECT_THAT(rows(reader("\xEF\xBB\xBF \n[\n {\"t\": \"a\", \"more\": [1, {\"t\": \"]\"}]},\n\n"
                          " {\n  \"t\": \"b\"\n }, {\"t\": 5}\r\n]\n",
                          "t"),
                   &lines),
              ElementsAre("a", "b", "5"));
  EXPECT_THAT(lines, ElementsAre(3U, 5U, 7U));
  EXPECT_TRUE(rows(reader("[]")).empty());
  EXPECT_TRUE(rows(reader(" [ ] \n")).empty());
  // JSON lines under the same ending.
  EXPECT_THAT(rows(reader("\"a\"\n\"b\"\n")), ElementsAre("a", "b"));
  EXPECT_TRUE(rows(reader("")).empty());
}

TEST(JsonArray, MalformedOnesAreRefusedWithTheirLine) {
  const auto refused = [](std::string_view text, const char* what) {
    EXPECT_KINDRED_ERROR(rows(reader(text)), ErrorKind::corrupt, what);
  };
  refused("[\"a\"", "not closed");
  refused("[\"a\",", "not closed");
  refused("[", "not closed");
  refused("[\n\"a", "line 2");
  refused("[\"a\" \"b\"]", "a comma is missing");
  refused("[\"a\",]", "a comma without a value");
  refused("[,\"a\"]", "a value is missing");
  refused("[\"a\",,\"b\"]", "a value is missing");
  refused("[\"a\"]\n[\"b\"]", "text follows the array");
  refused("[\"a\"}]", "not");
  refused("[\"a\"\"b\"]", "f.json");
}

// A row that is malformed in itself costs no other.
TEST(JsonArray, GoesOnBehindABadElement) {
  TableReader r = reader("[\"a\", nonsense, \"b\"]");
  TableRow row;
  ASSERT_TRUE(r.next(row));
  EXPECT_THROW(r.next(row), Error);
  EXPECT_TRUE(r.skip_bad_row());
  ASSERT_TRUE(r.next(row));
  EXPECT_EQ(row.values[0], "b");
  EXPECT_FALSE(r.next(row));
}

TEST(JsonArray, StreamsFromAPipeAndKeepsToTheLimit) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string text = "[";
  for (int i = 0; i < 50000; ++i)
    text += (i ? ",\n\"row number " : "\"row number ") + std::to_string(i) + "\"";
  text += "]";
  std::thread writer([&] {
    std::size_t at = 0;
    while (at < text.size()) {
      const ssize_t wrote =
          ::write(ends[1], text.data() + at, std::min<std::size_t>(7919, text.size() - at));
      if (wrote <= 0) break;
      at += static_cast<std::size_t>(wrote);
    }
    ::close(ends[1]);
  });
  const auto all =
      rows(TableReader::from_descriptor(ends[0], "pipe", {.format = TableFormat::jsonl}));
  writer.join();
  ::close(ends[0]);
  ASSERT_EQ(all.size(), 50000U);
  EXPECT_EQ(all.back(), "row number 49999");
  TableOptions small;
  small.max_row_bytes = 20;
  EXPECT_KINDRED_ERROR(rows(TableReader::from_memory("[\"a\", \"a text that is longer than that\"]",
                                                     "f.json", small)),
                       ErrorKind::exhausted, "more than 20 bytes");
}

}  // namespace
}  // namespace kindred::io
