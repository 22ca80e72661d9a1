#include "prepare/external_sort.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::prepare {
namespace {

using Records = std::vector<std::pair<SortKey, std::string>>;

Records random_records(std::size_t count) {
  Random random(7);
  Records records;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text(random.below(300), static_cast<char>('a' + random.below(26)));
    records.push_back({{random.below(50), random.below(1000), i}, text});
  }
  return records;
}

Records all_of(SortedRecords sorted) {
  Records records;
  SortKey key;
  for (std::string_view record; sorted.next(key, record);) records.emplace_back(key, record);
  return records;
}

TEST(ExternalSort, IsTheSameForAnyMemoryWithManyRoundsOfMerging) {
  Records records = random_records(60'000);
  Records expected = records;
  std::sort(expected.begin(), expected.end());
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{64} << 20}) {
    const io::TempDirectory directory;
    ExternalSorter sorter(directory.path(), "a", memory);
    for (const auto& [key, text] : records) sorter.add(key, text);
    // 128 KiB read two runs at once.
    EXPECT_EQ(all_of(sorter.sorted(128 << 10)), expected);
    EXPECT_EQ(all_of(sorter.sorted(memory)), expected) << "a second time";
    EXPECT_GT(sorter.runs(), memory == 1 << 20 ? 8U : 0U);
    sorter.remove();
    EXPECT_TRUE(io::list_directory(directory.path()).empty());
  }
}

TEST(ExternalSort, GoesOnWithTheRunsThatWereNoted) {
  const io::TempDirectory directory;
  const Records records = random_records(3000);
  {
    ExternalSorter sorter(directory.path(), "a", 1 << 20);
    for (std::size_t i = 0; i < 1000; ++i) sorter.add(records[i].first, records[i].second);
    sorter.flush();
    ASSERT_EQ(sorter.runs(), 1);
    for (std::size_t i = 1000; i < 2000; ++i) sorter.add(records[i].first, records[i].second);
    sorter.flush();  // not noted
  }
  ExternalSorter sorter(directory.path(), "a", 1 << 20, 1);
  for (std::size_t i = 1000; i < 3000; ++i) sorter.add(records[i].first, records[i].second);
  Records expected = records;
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all_of(sorter.sorted(1 << 20)), expected);
}

TEST(ExternalSort, LeavesOtherNamesAlone) {
  const io::TempDirectory directory;
  ExternalSorter other(directory.path(), "ab", 1 << 20);
  other.add({1, 1, 1}, "x");
  other.flush();
  ExternalSorter sorter(directory.path(), "a", 1 << 20);
  EXPECT_EQ(all_of(sorter.sorted(1 << 20)).size(), 0U);
  EXPECT_EQ(all_of(other.sorted(1 << 20)).size(), 1U);
}

TEST(ExternalSort, SaysThatARunIsCutShort) {
  const io::TempDirectory directory;
  ExternalSorter sorter(directory.path(), "a", 1 << 20);
  sorter.add({1, 1, 1}, "a record");
  sorter.flush();
  const std::string run = io::read_text_file(directory.file("a.0.run"));
  directory.write("a.0.run", run.substr(0, run.size() - 1));
  EXPECT_KINDRED_ERROR(all_of(sorter.sorted(1 << 20)), ErrorKind::corrupt, "a.0.run");
}

TEST(ExternalSort, TakesARecordOfMoreThanTheMemory) {
  const io::TempDirectory directory;
  ExternalSorter sorter(directory.path(), "a", 1 << 20);
  const std::string large(std::size_t{3} << 20, 'x');
  sorter.add({2, 0, 0}, large);
  sorter.add({1, 0, 0}, "small");
  const Records records = all_of(sorter.sorted(1 << 20));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].second, "small");
  EXPECT_EQ(records[1].second, large);
}

}  // namespace
}  // namespace kindred::prepare
