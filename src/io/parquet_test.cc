#include "io/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <fstream>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using arrow::Compression;
using testing::ElementsAre;

struct Column {
  std::string name;
  std::shared_ptr<arrow::Array> values;
};

template <typename Builder, typename... Values>
std::shared_ptr<arrow::Array> build(Builder&& builder, Values... values) {
  (static_cast<void>(builder.Append(values)), ...);
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

void write_parquet(const std::string& path, const std::vector<Column>& columns,
                   Compression::type compression = Compression::UNCOMPRESSED,
                   std::int64_t rows_a_group = 1 << 20) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    fields.push_back(arrow::field(column.name, column.values->type()));
    arrays.push_back(column.values);
  }
  const auto file = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(compression)
                              ->enable_page_checksum()
                              ->build();
  // With the Arrow schema in the file, as pandas writes it: dictionaries come back as such.
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, rows_a_group,
                                         properties, arrow_properties)
                  .ok());
  ASSERT_TRUE(file->Close().ok());
}

struct Read {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> nested;  // of the first row
};

Read read_all(const std::string& path) {
  const auto table = open_parquet(path);
  Read read{table->columns(), {}, {}};
  for (std::span<const ParquetValue> row; table->next(row);) {
    auto& texts = read.rows.emplace_back();
    for (const ParquetValue& value : row) {
      texts.emplace_back(value.text);
      if (read.rows.size() == 1) read.nested.push_back(value.nested);
    }
  }
  EXPECT_EQ(read.rows.size(), table->rows());
  return read;
}

std::vector<Column> numbers_and_times() {
  const auto day = arrow::timestamp(arrow::TimeUnit::MILLI);
  const auto utc = arrow::timestamp(arrow::TimeUnit::SECOND, "Europe/Paris");
  return {
      {"int8", build(arrow::Int8Builder(), -8)},
      {"uint64", build(arrow::UInt64Builder(), 18446744073709551615U)},
      {"float", build(arrow::FloatBuilder(), 19.99F)},
      {"double", build(arrow::DoubleBuilder(), 0.1)},
      {"bool", build(arrow::BooleanBuilder(), true)},
      {"date", build(arrow::Date32Builder(), 20484)},
      {"time", build(arrow::TimestampBuilder(day, arrow::default_memory_pool()), 1769860800123)},
      {"zoned", build(arrow::TimestampBuilder(utc, arrow::default_memory_pool()), 1769860800)},
      {"decimal",
       build(arrow::Decimal128Builder(arrow::decimal128(10, 2)), arrow::Decimal128(-129950))}};
}

TEST(Parquet, ValuesAreTextsWhateverTheirType) {
  const TempDirectory directory;
  const std::string path = directory.file("a.parquet");
  for (const auto compression : {Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD,
                                 Compression::GZIP, Compression::LZ4, Compression::BROTLI}) {
    write_parquet(path, numbers_and_times(), compression);
    const Read read = read_all(path);
    EXPECT_THAT(read.columns, ElementsAre("int8", "uint64", "float", "double", "bool", "date",
                                          "time", "zoned", "decimal"));
    ASSERT_EQ(read.rows.size(), 2U);
    EXPECT_THAT(read.rows[0],
                ElementsAre("-8", "18446744073709551615", "19.99", "0.1", "true", "2026-01-31",
                            "2026-01-31 12:00:00.123", "2026-01-31 12:00:00.000Z", "-1299.50"));
    EXPECT_THAT(read.rows[1], testing::Each(""));
  }
}

TEST(Parquet, SaysWhichValuesAreNumbers) {
  const TempDirectory directory;
  const std::string path = directory.file("a.parquet");
  std::vector<Column> columns = numbers_and_times();
  columns.push_back({"none", build(arrow::DoubleBuilder(), std::nan(""))});
  columns.push_back({"text", build(arrow::StringBuilder(), "5")});
  write_parquet(path, columns);
  const auto table = open_parquet(path);
  std::span<const ParquetValue> row;
  ASSERT_TRUE(table->next(row));
  std::string numbers;
  for (const ParquetValue& value : row) numbers += value.number ? '1' : '0';
  EXPECT_EQ(numbers, "11110000100");
  EXPECT_EQ(row[9].text, "");  // not a number
  ASSERT_TRUE(table->next(row));
  EXPECT_FALSE(row[0].number);  // null
}

TEST(Parquet, TextsPlainAndInDictionaries) {
  const TempDirectory directory;
  arrow::StringDictionaryBuilder words;
  for (const char* word : {"red", "blue", "red"}) ASSERT_TRUE(words.Append(word).ok());
  ASSERT_TRUE(words.AppendNull().ok());
  arrow::LargeStringBuilder large;
  for (const char* word : {"", "茶壶", "a\"b"}) ASSERT_TRUE(large.Append(word).ok());
  ASSERT_TRUE(large.AppendNull().ok());
  const std::string path = directory.file("a.parquet");
  write_parquet(path,
                {{"colour", words.Finish().ValueOrDie()}, {"title", large.Finish().ValueOrDie()}},
                Compression::ZSTD, /*rows_a_group=*/2);
  EXPECT_THAT(read_all(path).rows, ElementsAre(ElementsAre("red", ""), ElementsAre("blue", "茶壶"),
                                               ElementsAre("red", "a\"b"), ElementsAre("", "")));
}

TEST(Parquet, NestedValuesAreJson) {
  const TempDirectory directory;
  auto* pool = arrow::default_memory_pool();
  arrow::ListBuilder list(pool, std::make_shared<arrow::StringBuilder>());
  auto& words = static_cast<arrow::StringBuilder&>(*list.value_builder());
  ASSERT_TRUE(list.Append().ok() && words.Append("a\"\n").ok() && words.AppendNull().ok());
  ASSERT_TRUE(list.AppendEmptyValue().ok() && list.AppendNull().ok());

  const auto members = {arrow::field("colour", arrow::utf8()),
                        arrow::field("size", arrow::float64()),
                        arrow::field("day", arrow::date32())};
  auto colour = std::make_shared<arrow::StringBuilder>();
  auto size = std::make_shared<arrow::DoubleBuilder>();
  auto day = std::make_shared<arrow::Date32Builder>();
  arrow::StructBuilder attributes(arrow::struct_(members), pool, {colour, size, day});
  ASSERT_TRUE(attributes.Append().ok() && colour->Append("red").ok() && size->AppendNull().ok() &&
              day->Append(20484).ok());
  ASSERT_TRUE(attributes.Append().ok() && colour->AppendNull().ok() && size->Append(42).ok() &&
              day->AppendNull().ok());
  ASSERT_TRUE(attributes.AppendNull().ok());

  auto keys = std::make_shared<arrow::StringBuilder>();
  auto prices = std::make_shared<arrow::DoubleBuilder>();
  arrow::MapBuilder map(pool, keys, prices);
  ASSERT_TRUE(map.Append().ok() && keys->Append("EUR").ok() && prices->Append(9.5).ok() &&
              keys->Append("USD").ok() && prices->Append(HUGE_VAL).ok());
  ASSERT_TRUE(map.Append().ok() && map.AppendNull().ok());

  const std::string path = directory.file("a.parquet");
  write_parquet(path, {{"images", list.Finish().ValueOrDie()},
                       {"attributes", attributes.Finish().ValueOrDie()},
                       {"prices", map.Finish().ValueOrDie()}});
  const Read read = read_all(path);
  EXPECT_THAT(read.nested, ElementsAre(true, true, true));
  EXPECT_THAT(read.rows,
              ElementsAre(ElementsAre(R"(["a\"\n",null])", R"({"colour":"red","day":"2026-01-31"})",
                                      R"({"EUR":9.5,"USD":null})"),
                          ElementsAre("[]", R"({"size":42})", "{}"), ElementsAre("", "", "")));
}

std::shared_ptr<arrow::Array> random_texts(std::size_t rows, std::size_t bytes) {
  Random random(7);
  arrow::StringBuilder builder;
  std::string text(bytes, ' ');
  for (std::size_t i = 0; i < rows; ++i) {
    for (char& c : text) c = static_cast<char>('!' + random.below(90));
    EXPECT_TRUE(builder.Append(text).ok());
  }
  return builder.Finish().ValueOrDie();
}

std::size_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  return 0;
}

TEST(Parquet, MemoryDoesNotGrowWithTheFile) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory of its own";
#endif
  const TempDirectory directory;
  const std::string path = directory.file("a.parquet");
  write_parquet(path, {{"title", random_texts(100'000, 1500)}}, Compression::SNAPPY,
                /*rows_a_group=*/50'000);
  ASSERT_GT(std::filesystem::file_size(path), 120'000'000U);
  arrow::default_memory_pool()->ReleaseUnused();
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak is what is held now
  const std::size_t before = peak_kib();
  const auto table = open_parquet(path);
  std::size_t rows = 0;
  for (std::span<const ParquetValue> row; table->next(row); ++rows)
    ASSERT_EQ(row[0].text.size(), 1500U);
  EXPECT_EQ(rows, 100'000U);
  EXPECT_LT(peak_kib() - before, 40'000U);
}

TEST(Parquet, RefusesWhatIsCorrupt) {
  const TempDirectory directory;
  std::vector<Column> columns = numbers_and_times();
  columns.push_back({"title", random_texts(2, 5000)});
  const std::string path = directory.file("a.parquet");
  write_parquet(path, columns, Compression::ZSTD);
  const std::string good = read_text_file(path);
  const std::string bad = directory.file("b.parquet");
  for (std::size_t size = 0; size < good.size(); size += 97) {
    directory.write("b.parquet", good.substr(0, size));
    EXPECT_KINDRED_ERROR(read_all(bad), ErrorKind::corrupt, "b.parquet");
  }
  // A bit flipped: an error or other values, never a crash or a giant allocation. Where it is in a
  // page's data, the checksum tells.
  Random random(3);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string flipped = good;
    flipped[random.below(flipped.size())] ^= static_cast<char>(1U << random.below(8));
    directory.write("b.parquet", flipped);
    try {
      const auto table = open_parquet(bad);
      for (std::span<const ParquetValue> row; table->next(row);) {
      }
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1500);
  directory.write("b.parquet", "id,title\n1,tea\n");
  EXPECT_KINDRED_ERROR(open_parquet(bad), ErrorKind::corrupt, "not a sound Parquet file");
  EXPECT_KINDRED_ERROR(open_parquet(directory.file("none.parquet")), ErrorKind::not_found,
                       "none.parquet");
}

TEST(Parquet, RefusesWhatHasNoText) {
  const TempDirectory directory;
  std::shared_ptr<arrow::Array> deep = build(arrow::Int32Builder(), 1);
  for (int depth = 0; depth < 40; ++depth) {
    arrow::Int32Builder offsets;
    ASSERT_TRUE(offsets.AppendValues({0, static_cast<std::int32_t>(deep->length())}).ok());
    deep = arrow::ListArray::FromArrays(*offsets.Finish().ValueOrDie(), *deep).ValueOrDie();
  }
  const std::string path = directory.file("a.parquet");
  write_parquet(path, {{"deep", deep}});
  EXPECT_KINDRED_ERROR(open_parquet(path), ErrorKind::unsupported, "column deep");
}

}  // namespace
}  // namespace kindred::io
