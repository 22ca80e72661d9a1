#include "io/table.h"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "io/descriptor.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(TableReader& reader) {
  Rows rows;
  for (TableRow row; reader.next(row);) {
    EXPECT_EQ(row.number, rows.size());
    rows.emplace_back(row.values.begin(), row.values.end());
  }
  return rows;
}

Rows read(std::string_view text, TableFormat format, std::vector<std::string> columns = {}) {
  TableReader reader =
      TableReader::from_memory(text, "file", {.format = format, .columns = std::move(columns)});
  return rows_of(reader);
}

using Row = std::vector<std::string>;

TEST(Table, Formats) {
  EXPECT_EQ(table_format_of("a.CSV"), TableFormat::csv);
  EXPECT_EQ(table_format_of("a.tsv"), TableFormat::tsv);
  EXPECT_EQ(table_format_of("a.jsonl"), TableFormat::jsonl);
  EXPECT_EQ(table_format_of("a.ndjson"), TableFormat::jsonl);
  EXPECT_EQ(table_format_of("a.json"), TableFormat::jsonl);
  EXPECT_EQ(table_format_of("a.jsonl.gz"), TableFormat::jsonl);
  EXPECT_EQ(table_format_of("a.csv.zst"), TableFormat::csv);
  EXPECT_EQ(table_format_of("a.gz"), TableFormat::lines);
  EXPECT_EQ(table_format_of("a.txt"), TableFormat::lines);
  EXPECT_EQ(table_format_of("a.parquet"), TableFormat::parquet);
  EXPECT_EQ(parse_table_format("tsv"), TableFormat::tsv);
  EXPECT_EQ(to_string(parse_table_format("parquet")), "parquet");
  EXPECT_KINDRED_ERROR(TableReader::from_memory("PAR1", "a.parquet"), ErrorKind::unsupported,
                       "not read from Parquet");
  EXPECT_EQ(to_string(TableFormat::jsonl), "jsonl");
  EXPECT_KINDRED_ERROR(parse_table_format("xls"), ErrorKind::bad_input,
                       "lines, csv, tsv, jsonl and parquet");
}

TEST(Table, LinesAreKeptAsTheyAre) {
  const std::string_view text("one\r\n\ntwo \xFF\0x\nlast", 18);
  EXPECT_THAT(read(text, TableFormat::lines),
              ElementsAre(Row{"one"}, Row{""}, Row{std::string("two \xFF\0x", 7)}, Row{"last"}));
  EXPECT_THAT(read("", TableFormat::lines), IsEmpty());
  EXPECT_THAT(read("\n", TableFormat::lines), ElementsAre(Row{""}));
  EXPECT_THAT(read("\xEF\xBB\xBFx\n", TableFormat::lines), ElementsAre(Row{"x"}));
  EXPECT_KINDRED_ERROR(read("a\n", TableFormat::lines, {"title"}), ErrorKind::bad_input,
                       "no column title");
}

TEST(Table, Csv) {
  const std::string_view text =
      "\xEF\xBB\xBFid,title,note\r\n"
      "1,\"a, \"\"b\"\"\nc\",\r\n"
      "\r\n"
      "2,x\xFF,\"\"\n";
  EXPECT_THAT(read(text, TableFormat::csv),
              ElementsAre(Row{"1", "a, \"b\"\nc", ""}, Row{"2", "x\xFF", ""}));
  EXPECT_THAT(read(text, TableFormat::csv, {"note", "id"}),
              ElementsAre(Row{"", "1"}, Row{"", "2"}));
}

TEST(Table, RowsSayWhereTheyBegin) {
  TableReader reader =
      TableReader::from_memory("t,u\n\"a\nb\",1\n\nc,2\n", "file", {.format = TableFormat::csv});
  EXPECT_EQ(reader.size(), 17U);
  TableRow row;
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.line, 2U);
  EXPECT_EQ(row.offset, 4U);
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.line, 5U);
  EXPECT_EQ(row.offset, 13U);
  EXPECT_EQ(row.number, 1U);
  EXPECT_FALSE(reader.next(row));
  EXPECT_FALSE(reader.next(row));
  EXPECT_EQ(reader.position(), 17U);
}

TEST(Table, BlankLinesAreTextsOfOneColumn) {
  EXPECT_THAT(read("t\na\n\n\"\"\nb\n", TableFormat::csv),
              ElementsAre(Row{"a"}, Row{""}, Row{""}, Row{"b"}));
  EXPECT_THAT(read("t\na\n\nb\n", TableFormat::tsv), ElementsAre(Row{"a"}, Row{""}, Row{"b"}));
  EXPECT_THAT(read("t\tu\na\tb\n\n", TableFormat::tsv), ElementsAre(Row{"a", "b"}));
}

TEST(Table, CsvErrorsNameLineAndColumns) {
  EXPECT_KINDRED_ERROR(read("a,b\n1,2\n1,2,3\n", TableFormat::csv), ErrorKind::corrupt,
                       "file, line 3: 3 fields where the first line has 2 (a, b)");
  EXPECT_KINDRED_ERROR(read("a,b\n1,2\n", TableFormat::csv, {"title"}), ErrorKind::not_found,
                       "no column title; its columns are: a, b");
  EXPECT_KINDRED_ERROR(read("a,a\n1,2\n", TableFormat::csv, {"a"}), ErrorKind::bad_input,
                       "several columns a");
  EXPECT_THAT(read("a,a\n1,2\n", TableFormat::csv), ElementsAre(Row{"1", "2"}));
  EXPECT_KINDRED_ERROR(read("a,b\n\"x\ny\"z,2\n", TableFormat::csv), ErrorKind::corrupt,
                       "line 3: text follows a closing quote");
  EXPECT_KINDRED_ERROR(read("a,b\n1,2\n\"x,2\n", TableFormat::csv), ErrorKind::corrupt,
                       "line 3: the row has a quote that is never closed");
  EXPECT_KINDRED_ERROR(read("", TableFormat::csv), ErrorKind::corrupt, "is empty");
  EXPECT_THAT(read("a,b", TableFormat::csv), IsEmpty());
}

TEST(Table, Tsv) {
  EXPECT_THAT(read("id\ttitle\r\n1\t\"a\\tb\"\r\n2\t\n", TableFormat::tsv),
              ElementsAre(Row{"1", "\"a\\tb\""}, Row{"2", ""}));
  TableReader reader = TableReader::from_memory("t\nx\\ty\\nz\\\\n\\q\\\n", "file",
                                                {.format = TableFormat::tsv, .tsv_escapes = true});
  EXPECT_THAT(rows_of(reader), ElementsAre(Row{"x\ty\nz\\n\\q\\"}));
  EXPECT_KINDRED_ERROR(read("a\tb\n1\n", TableFormat::tsv), ErrorKind::corrupt, "1 fields");
}

TEST(Table, Jsonl) {
  EXPECT_THAT(
      read("{\"a\":\"x\",\"b\":1}\r\n\n  \n{\"b\":2,\"a\":null}", TableFormat::jsonl, {"a", "b"}),
      ElementsAre(Row{"x", "1"}, Row{"", "2"}));
  EXPECT_THAT(read("\"x\"\n\"\"\n", TableFormat::jsonl), ElementsAre(Row{"x"}, Row{""}));
  EXPECT_KINDRED_ERROR(read("{\"a\":1}\n\n{\"b\":2}\n", TableFormat::jsonl, {"a"}),
                       ErrorKind::not_found, "file, line 3: no column a; the columns are: b");
}

TEST(Table, OneColumnOfTexts) {
  const TempDirectory directory;
  const std::string one = directory.write("one.csv", "title\nx\n");
  const std::string two = directory.write("two.csv", "id,title\n1,x\n");
  TableReader reader = TableReader::open_column(one, "");
  EXPECT_THAT(reader.columns(), ElementsAre("title"));
  EXPECT_THAT(rows_of(reader), ElementsAre(Row{"x"}));
  reader = TableReader::open_column(two, "title");
  EXPECT_THAT(rows_of(reader), ElementsAre(Row{"x"}));
  EXPECT_KINDRED_ERROR(TableReader::open_column(two, ""), ErrorKind::bad_input,
                       "several columns; name the one to read: id, title");
  EXPECT_KINDRED_ERROR(TableReader::open_column(two, "text"), ErrorKind::not_found, "id, title");
  EXPECT_KINDRED_ERROR(TableReader::open(directory.file("none.csv")), ErrorKind::not_found,
                       "none.csv");
  EXPECT_KINDRED_ERROR(TableReader::open(directory.path()), ErrorKind::bad_input, "is a directory");
}

TEST(Table, Utf16IsRefused) {
  EXPECT_KINDRED_ERROR(read(std::string_view("\xFF\xFE"
                                             "a\0",
                                             4),
                            TableFormat::lines),
                       ErrorKind::bad_input, "is UTF-16");
}

TEST(Table, Utf16WithoutAMarkIsRefused) {
  using namespace std::string_literals;
  for (const TableFormat format : {TableFormat::csv, TableFormat::tsv, TableFormat::jsonl}) {
    EXPECT_KINDRED_ERROR(read("i\0d\0,\0t\0\n\0"s, format), ErrorKind::bad_input,
                         "is UTF-16; convert it: iconv -f UTF-16LE");
    EXPECT_KINDRED_ERROR(read("\0i\0d\0,\0t\0\n"s, format), ErrorKind::bad_input,
                         "is UTF-16; convert it: iconv -f UTF-16BE");
  }
  EXPECT_EQ(read("a\0b\n"s, TableFormat::lines).size(), 1U);
  EXPECT_EQ(read("abcdef\0g,t\nx,y\n"s, TableFormat::csv).size(), 1U);
}

TEST(Table, LinesThatEndInCarriageReturnsAreRefused) {
  EXPECT_KINDRED_ERROR(read("a,b\r1,2\r", TableFormat::csv), ErrorKind::bad_input,
                       "end in CR, as old Macs write them; convert it: tr '\\r' '\\n' < 'file'");
  EXPECT_KINDRED_ERROR(read("\"a\",\"b\"\r\"1\",\"2\"\r", TableFormat::csv), ErrorKind::bad_input,
                       "end in CR");
  EXPECT_KINDRED_ERROR(read("a\tb\r1\t2\r", TableFormat::tsv), ErrorKind::bad_input, "end in CR");
  // Within quotes it is a character, and at the very end that of a header alone.
  EXPECT_EQ(read("\"a\rb\",c\n1,2\n", TableFormat::csv).size(), 1U);
  EXPECT_EQ(read("a,b\r", TableFormat::csv).size(), 0U);
  EXPECT_EQ(read("a,b\r\n1,2\n3,4\r\n", TableFormat::csv).size(), 2U);
}

TEST(Table, FindsTheDelimiterWhereItIsAskedTo) {
  const auto found = [](std::string_view text) {
    TableReader reader = TableReader::from_memory(
        text, "file", {.format = TableFormat::csv, .find_delimiter = true});
    Rows rows = {reader.columns()};
    for (Row& row : rows_of(reader)) rows.push_back(std::move(row));
    return rows;
  };
  EXPECT_EQ(found("a,b\n1;2,3\n"), (Rows{{"a", "b"}, {"1;2", "3"}}));
  EXPECT_EQ(found("a;b\n1,2;\"3;4\"\n"), (Rows{{"a", "b"}, {"1,2", "3;4"}}));
  EXPECT_EQ(found("a\tb\n1,2\t3\n"), (Rows{{"a", "b"}, {"1,2", "3"}}));
  EXPECT_EQ(found("a|b|c,d\n1|2|3\n"), (Rows{{"a", "b", "c,d"}, {"1", "2", "3"}}));
  EXPECT_EQ(found("\"a;b;c\",d\n1,2\n"), (Rows{{"a;b;c", "d"}, {"1", "2"}}));
  EXPECT_EQ(found("sep=;\r\na;b\r\n1,2;3\r\n"), (Rows{{"a", "b"}, {"1,2", "3"}}));
  EXPECT_EQ(found("a\nb;c\n"), (Rows{{"a"}, {"b;c"}}));
  EXPECT_EQ(read("a;b\n1;2\n", TableFormat::csv), (Rows{{"1;2"}}));
}

TEST(Table, RowsOverTheLimitAreRefused) {
  for (const TableFormat format : {TableFormat::lines, TableFormat::csv, TableFormat::tsv}) {
    TableReader reader = TableReader::from_memory("ab\n0123456789\n01234567890\n", "file",
                                                  {.format = format, .max_row_bytes = 11});
    TableRow row;
    while (row.values.empty() || row.values[0] != "0123456789") ASSERT_TRUE(reader.next(row));
    // The limit of CSV counts the line end.
    if (format == TableFormat::csv) {
      EXPECT_KINDRED_ERROR(reader.next(row), ErrorKind::exhausted,
                           "file, line 3: a row of more than 11");
    } else {
      EXPECT_TRUE(reader.next(row));
    }
  }
  const std::string text(100, 'x');
  TableReader reader =
      TableReader::from_memory(text, "file", {.format = TableFormat::lines, .max_row_bytes = 99});
  TableRow row;
  EXPECT_KINDRED_ERROR(reader.next(row), ErrorKind::exhausted, "line 1");
}

// The same rows whether the input comes whole or in pieces that end anywhere.
TEST(Table, PipesAreReadInPieces) {
  std::string text = "id,title\n";
  Rows expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string title =
        "a \"quoted\"\nline, " + std::string(static_cast<std::size_t>(i % 700), 'x');
    std::string quoted;
    for (const char c : title) quoted += c == '"' ? "\"\"" : std::string(1, c);
    text += fmt::format("{},\"{}\"{}", i, quoted, i % 2 == 0 ? "\n" : "\r\n");
    expected.push_back({std::to_string(i), title});
  }
  for (const std::size_t piece : {std::size_t{37}, std::size_t{4096}}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor reading(ends[0]);
    std::thread writer([&, writing = Descriptor(ends[1])] {
      for (std::size_t at = 0; at < text.size(); at += piece) {
        const std::size_t count = std::min(piece, text.size() - at);
        ASSERT_EQ(::write(writing.get(), text.data() + at, count), static_cast<ssize_t>(count));
      }
    });
    TableReader reader =
        TableReader::from_descriptor(reading.get(), "input", {.format = TableFormat::csv});
    EXPECT_EQ(reader.size(), std::nullopt);
    const Rows rows = rows_of(reader);
    writer.join();
    EXPECT_TRUE(rows == expected) << piece;
    EXPECT_EQ(reader.position(), text.size());
  }
}

TEST(Table, LongRowsOfAFile) {
  const TempDirectory directory;
  const std::string longest(3'000'000, 'y');
  const std::string path =
      directory.write("a.csv", "t\nshort\n\"" + longest + "\"\n" + longest + "\nend\n");
  TableReader reader = TableReader::open(path);
  EXPECT_EQ(reader.size(), file_size(path));
  const Rows rows = rows_of(reader);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_TRUE(rows[1][0] == longest && rows[2][0] == longest);
  EXPECT_EQ(rows[3][0], "end");
}

TEST(Table, GoesOnBehindBadRows) {
  const std::string csv =
      "a,b\n1,2\n3\n4,\"5\" x\n6,7\n8,\"9\n10,11\n12,\"13\n14\"\n15,16,17\n18,19\n";
  TableReader reader = TableReader::from_memory(csv, "t.csv");
  std::vector<std::string> good;
  std::vector<std::string> bad;
  TableRow row;
  for (;;) {
    try {
      if (!reader.next(row)) break;
      good.push_back(std::to_string(row.line) + ":" + std::string(row.values[0]));
    } catch (const Error& error) {
      bad.push_back(error.what());
      ASSERT_TRUE(reader.skip_bad_row());
    }
  }
  // The quote of line 6 is closed by the one of line 8, which leaves text behind it.
  EXPECT_THAT(good, testing::ElementsAre("2:1", "5:6", "7:10", "8:12", "11:18"));
  ASSERT_EQ(bad.size(), 4U);
  EXPECT_THAT(bad[0], testing::HasSubstr("line 3: 1 fields"));
  EXPECT_THAT(bad[1], testing::HasSubstr("line 4"));
  EXPECT_THAT(bad[3], testing::HasSubstr("line 10: 3 fields"));
  EXPECT_FALSE(reader.skip_bad_row());
}

}  // namespace
}  // namespace kindred::io
