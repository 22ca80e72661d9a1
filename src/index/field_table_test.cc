#include "index/field_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"
#include "index/field_oracle.h"
#include "index/field_table_builder.h"
#include "index/mutable_fields.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

std::vector<FieldValues> draw_rows(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<FieldValues> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back(draw_fields(random));
  return rows;
}

std::vector<std::uint32_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Random(seed).shuffle(std::span(order));
  return order;
}

// Every method of `fields` against the rows themselves.
void expect_equal(const Fields& fields, const std::vector<FieldValues>& rows) {
  ASSERT_EQ(fields.rows(), rows.size());
  Random random(17);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const Filter filter = draw_filter(random);
    const RowSet found = evaluate(filter, fields);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      ASSERT_EQ(found.contains(row), matches(filter, rows[row])) << to_string(filter) << " " << row;
    }
  }
  RowSet some(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (random.below(3) == 0) some.insert(row);
  }
  for (const std::string field : {"lang", "category", "brand", "size", "price", "weight", "none"}) {
    FacetCounts expected_counts;
    NumberSummary expected{.edges = {0, 1, 10, 100}};
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (!some.contains(row)) continue;
      std::vector<std::string> values;
      for (const Tag& tag : rows[row].tags) {
        if (tag.field == field) values.push_back(tag.value);
      }
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
      for (const std::string& value : values) ++expected_counts[value];
      if (const auto number = number_of(rows[row], field)) expected.add(*number);
    }
    FacetCounts counts;
    fields.count_values(field, some, counts);
    EXPECT_EQ(counts, expected_counts) << field;
    NumberSummary summary{.edges = {0, 1, 10, 100}};
    fields.summarize(field, some, summary);
    EXPECT_EQ(summary.count, expected.count) << field;
    EXPECT_EQ(summary.histogram, expected.histogram) << field;
    EXPECT_EQ(summary.min, expected.min) << field;
    EXPECT_EQ(summary.max, expected.max) << field;
  }
}

TEST(FieldTable, AnswersAsTheRowsThemselves) {
  const io::TempDirectory directory;
  for (const std::size_t count : {1, 64, 3000}) {
    const auto rows = draw_rows(count, count);
    FieldTableBuilder builder(directory.file("fields"));
    for (std::size_t row = 0; row < count; ++row)
      builder.add(static_cast<std::uint32_t>(row), rows[row]);
    builder.finish(count);
    const auto table = FieldTable::open(directory.file("fields"));
    table->verify();
    expect_equal(*table, rows);
  }
}

TEST(FieldTable, AMutableOneAnswersTheSame) {
  const auto rows = draw_rows(2000, 4);
  MutableFields fields;
  for (const FieldValues& row : rows) fields.append(row);
  expect_equal(fields, rows);
  EXPECT_EQ(fields.row(1999), rows[1999]);
  EXPECT_THAT(fields.names(),
              testing::ElementsAre("brand", "category", "lang", "price", "size", "weight"));
}

TEST(FieldTable, TakesTheOrderOfTheSegmentAndSpillsWhatIsTooMuch) {
  const io::TempDirectory directory;
  const auto rows = draw_rows(70000, 5);
  // 96 KiB: pairs are spilled some seventy times.
  FieldTableBuilder builder(directory.file("fields"), 96 << 10);
  const auto added = shuffled(rows.size(), 6);
  for (const std::uint32_t row : added) builder.add(row, rows[row]);
  auto order = shuffled(rows.size(), 7);
  order.resize(66000);  // the others are left out
  builder.finish(order);
  std::vector<FieldValues> expected;
  for (const std::uint32_t row : order) expected.push_back(rows[row]);
  const auto table = FieldTable::open(directory.file("fields"));
  table->verify();
  expect_equal(*table, expected);
  EXPECT_THAT(table->names(),
              testing::ElementsAre("brand", "category", "lang", "price", "size", "weight"));
}

TEST(FieldTable, LeavesNoTemporaryFiles) {
  const io::TempDirectory directory;
  {
    FieldTableBuilder builder(directory.file("fields"), 4096);
    for (std::uint32_t row = 0; row < 1000; ++row) {
      builder.add(row, {.tags = {{"a", "b"}}, .numbers = {{"c", 1.0 * row}}});
    }
    EXPECT_GT(io::list_directory(directory.path()).size(), 1U);
    builder.finish(1000);
  }
  EXPECT_THAT(io::list_directory(directory.path()), testing::ElementsAre("fields"));
}

TEST(FieldTable, MergesOthers) {
  const io::TempDirectory directory;
  const auto rows = draw_rows(5000, 8);
  std::vector<std::shared_ptr<const FieldTable>> parts;
  for (std::size_t part = 0; part < 2; ++part) {
    FieldTableBuilder builder(directory.file("part" + std::to_string(part)));
    for (std::uint32_t row = 0; row < 2500; ++row) builder.add(row, rows[part * 2500 + row]);
    builder.finish(2500);
    parts.push_back(FieldTable::open(directory.file("part" + std::to_string(part))));
  }
  // Every third row was deleted.
  FieldTableBuilder builder(directory.file("merged"));
  std::vector<FieldValues> expected;
  for (std::size_t part = 0; part < 2; ++part) {
    std::vector<std::uint32_t> row_of(2500, FieldTableBuilder::kDropped);
    for (std::size_t row = 0; row < 2500; ++row) {
      if (row % 3 == 0) continue;
      row_of[row] = static_cast<std::uint32_t>(expected.size());
      expected.push_back(rows[part * 2500 + row]);
    }
    builder.add(*parts[part], row_of);
  }
  builder.finish(expected.size());
  expect_equal(*FieldTable::open(directory.file("merged")), expected);
}

TEST(FieldTable, KeepsNumbersExactlyWhateverTheirForm) {
  const io::TempDirectory directory;
  const double huge = 1e300;
  const double tiny = 0.1 + 0.2;  // not 0.3
  FieldTableBuilder builder(directory.file("fields"));
  const std::vector<double> prices = {19.99, 0.07, -3.5, 21474836.47, -21474836.47, 0.3};
  const std::vector<double> reals = {huge, tiny, -huge, 5e-324, 0.3, 0.0};
  for (std::uint32_t row = 0; row < 6; ++row) {
    builder.add(row, {.tags = {}, .numbers = {{"price", prices[row]}, {"real", reals[row]}}});
  }
  builder.add(6, {});
  builder.finish(7);
  const auto table = FieldTable::open(directory.file("fields"));
  for (std::size_t row = 0; row < 6; ++row) {
    for (const auto& [field, value] : {std::pair{"price", prices[row]}, {"real", reals[row]}}) {
      RowSet equal(7);
      table->select_numbers(field, {.low = value, .high = value}, equal);
      EXPECT_TRUE(equal.contains(row) && equal.count() == 1) << field << " " << value;
      RowSet below(7);
      table->select_numbers(field, {.high = value, .below_high = true}, below);
      RowSet above(7);
      table->select_numbers(field, {.low = value, .above_low = true}, above);
      EXPECT_EQ(below.count() + above.count(), 5U) << field << " " << value;
    }
  }
  RowSet any(7);
  table->select_present("price", any);
  EXPECT_EQ(any.count(), 6U);
}

TEST(FieldTable, TheLastNumberOfARowCounts) {
  const io::TempDirectory directory;
  const FieldValues twice{.tags = {{"t", "x"}, {"t", "x"}}, .numbers = {{"n", 1}, {"n", 2}}};
  FieldTableBuilder builder(directory.file("fields"));
  builder.add(0, twice);
  builder.finish(1);
  MutableFields fields;
  fields.append(twice);
  expect_equal(*FieldTable::open(directory.file("fields")), {twice});
  expect_equal(fields, {twice});
}

TEST(FieldTable, RefusesTooManyDistinctTagsAndRowsThatDoNotExist) {
  const io::TempDirectory directory;
  FieldTableBuilder builder(directory.file("fields"), 10000);
  EXPECT_KINDRED_ERROR(
      for (std::uint32_t row = 0; row < 1000; ++row) {
        builder.add(row, FieldValues{.tags = {{"sku", std::to_string(row)}, {"lang", "zh"}},
                                     .numbers = {}});
      },
      ErrorKind::exhausted, "field sku");
  FieldTableBuilder other(directory.file("other"));
  other.add(7, {.tags = {{"lang", "zh"}}, .numbers = {}});
  EXPECT_KINDRED_ERROR(other.finish(7), ErrorKind::bad_input, "row 7");
  const std::vector<std::uint32_t> twice = {7, 7};
  EXPECT_KINDRED_ERROR(other.finish(twice), ErrorKind::bad_input, "row 7 twice");
}

TEST(FieldTable, RefusesEveryFlippedByteAndEveryTruncation) {
  const io::TempDirectory directory;
  FieldTableBuilder builder(directory.file("fields"));
  const auto rows = draw_rows(100, 9);
  for (std::uint32_t row = 0; row < 100; ++row) builder.add(row, rows[row]);
  builder.finish(100);
  const std::string good = io::read_text_file(directory.file("fields"));
  const auto refuses = [&](const std::string& bytes) {
    const std::string path = directory.write("bad", bytes);
    try {
      FieldTable::open(path)->verify();
      return false;
    } catch (const Error& error) {
      return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
    }
  };
  ASSERT_FALSE(refuses(good));
  std::size_t unseen = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    if (!refuses(bad)) {
      ++unseen;
      EXPECT_EQ(good[i], '\0') << "byte " << i;  // only padding may go unseen
    }
  }
  EXPECT_LT(unseen, good.size() / 10);
  for (std::size_t size = 0; size < good.size(); size += 13) {
    EXPECT_TRUE(refuses(good.substr(0, size))) << size;
  }
  EXPECT_TRUE(refuses(good + "x"));
}

}  // namespace
}  // namespace kindred::index
