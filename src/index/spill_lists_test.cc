#include "index/spill_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "index/test_vectors.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kernels/code_scan.h"

namespace kindred::index {
namespace {

constexpr std::size_t kPadded = 64, kLists = 3, kRows = 100;

/// 40 rows in the first list, none in the second, 1 in the third.
SegmentMeta write(const std::string& directory) {
  SpillWriter writer(directory, kPadded);
  for (const std::size_t count : {40, 0, 1}) {
    std::vector<SpillLists::Row> rows;
    for (std::uint32_t i = 0; i < count; ++i) rows.push_back({99 - i, i % 3});
    const std::vector<std::uint64_t> signs(count, 0x5555555555555555ULL);
    std::vector<float> addends(count), scales(count, 1.0F);
    for (std::size_t i = 0; i < count; ++i) addends[i] = static_cast<float>(i);
    writer.append(rows, signs, addends, scales);
  }
  SegmentMeta meta;
  meta.rows = kRows;
  meta.lists = kLists;
  meta.spill = writer.commit();
  return meta;
}

/// A file of other numbers behind the blocks.
SegmentMeta rewrite(const std::string& directory, SegmentMeta meta,
                    const std::vector<std::uint32_t>& numbers) {
  const std::size_t blocks = 3 * kernels::code_block_bytes(kPadded);
  SegmentFileWriter writer(directory, FileRole::spill);
  writer.append(std::vector<std::byte>(blocks));
  writer.append(std::as_bytes(std::span(numbers)));
  meta.spill = writer.commit();
  return meta;
}

TEST(SpillLists, ReadsWhatWasWritten) {
  const io::TempDirectory directory;
  const SpillLists spill = SpillLists::load(directory.path(), write(directory.path()), kPadded);
  ASSERT_FALSE(spill.empty());
  EXPECT_EQ(spill.list(0).rows, 40U);
  EXPECT_EQ(spill.list(1).rows, 0U);
  EXPECT_EQ(spill.list(2).rows, 1U);
  EXPECT_EQ(spill.list(2).first, 40U);
  EXPECT_EQ(spill.list(2).first_block, 2U);
  EXPECT_EQ(spill.row(1).row, 98U);
  EXPECT_EQ(spill.row(1).list, 1U);
  EXPECT_EQ(spill.row(40).row, 99U);
  // The second block holds rows 32 … 39.
  const auto* addends =
      reinterpret_cast<const float*>(spill.block(2) - 2 * kernels::kCodeBlock * sizeof(float));
  EXPECT_EQ(addends[7], 39.0F);
}

TEST(SpillLists, AreNoneWithoutAFile) {
  EXPECT_TRUE(SpillLists::load("nowhere", SegmentMeta{}, kPadded).empty());
}

TEST(SpillLists, RefusesWhatCannotBe) {
  const io::TempDirectory directory;
  const std::string path = directory.path();
  SegmentMeta meta = write(path);
  SegmentMeta other = meta;
  other.spill.checksum ^= 1;
  EXPECT_KINDRED_ERROR(SpillLists::load(path, other, kPadded), ErrorKind::corrupt,
                       "another segment");
  std::vector<std::uint32_t> numbers(2 * 41, 2);
  numbers.insert(numbers.end(), {40, 0, 1});
  EXPECT_NO_THROW(SpillLists::load(path, rewrite(path, meta, numbers), kPadded));
  numbers[0] = kRows;  // a row
  EXPECT_KINDRED_ERROR(SpillLists::load(path, rewrite(path, meta, numbers), kPadded),
                       ErrorKind::corrupt, "a row that there is not");
  numbers[0] = 2, numbers[1] = kLists;  // its list
  EXPECT_KINDRED_ERROR(SpillLists::load(path, rewrite(path, meta, numbers), kPadded),
                       ErrorKind::corrupt, "a row that there is not");
  numbers[1] = 2, numbers[82] = 41;
  EXPECT_KINDRED_ERROR(SpillLists::load(path, rewrite(path, meta, numbers), kPadded),
                       ErrorKind::corrupt, "size");
  numbers[82] = 0xFFFFFFFF;
  EXPECT_KINDRED_ERROR(SpillLists::load(path, rewrite(path, meta, numbers), kPadded),
                       ErrorKind::corrupt, "more rows");
  meta.lists = 1U << 30;
  EXPECT_KINDRED_ERROR(SpillLists::load(path, rewrite(path, meta, numbers), kPadded),
                       ErrorKind::corrupt, "too short");
}

/// Vectors without clusters: every row lies near the border of its list.
class SpilledSegment : public testing::Test {
 protected:
  static constexpr std::size_t kDimension = 32, kQueries = 100;
  SpilledSegment() {
    BuildOptions options;
    options.kind = SegmentKind::ivf;
    options.metric = Metric::euclidean;
    build_segment(MemorySource(normal_vectors(20000, kDimension, 1), kDimension), options,
                  directory_.path(), pool_);
    segment_ = open_segment(directory_.path());
    queries_ = normal_vectors(kQueries, kDimension, 2);
  }
  io::TempDirectory directory_;
  ThreadPool pool_{2};
  std::shared_ptr<const Segment> segment_;
  std::vector<float> queries_;
};

TEST_F(SpilledSegment, FindsEveryRowOnceAndTheSameOnesWhateverTheThreads) {
  ASSERT_TRUE(io::is_file(io::join_path(directory_.path(), "spill.kseg")));
  RowSet allowed(segment_->rows());
  for (std::size_t r = 0; r < segment_->rows(); r += 5) allowed.insert(r);
  ThreadPool one(1), three(3);
  for (const RowSet* filter :
       {static_cast<const RowSet*>(nullptr), static_cast<const RowSet*>(&allowed)})
    for (const double asked : {0.8, 0.95, 0.99}) {
      const SegmentQuery query{queries_.data(), kQueries, 10, filter, {.recall = asked}};
      const SegmentHits batch = segment_->search(query, pool_);
      EXPECT_GE(recall_of(*segment_, query, batch), asked - 0.02);
      for (std::size_t q = 0; q < kQueries; ++q) {
        std::set<std::uint32_t> rows;
        for (const Hit& hit : batch.of(q)) {
          rows.insert(hit.row);
          EXPECT_TRUE(!filter || filter->contains(hit.row));
        }
        EXPECT_EQ(rows.size(), 10U);
      }
      for (std::size_t q = 0; q < 20; ++q)
        for (ThreadPool* pool : {&one, &three}) {
          const SegmentHits alone = segment_->search(
              {queries_.data() + q * kDimension, 1, 10, filter, {.recall = asked}}, *pool);
          for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(alone.of(0)[i].row, batch.of(q)[i].row);
        }
    }
}

TEST_F(SpilledSegment, IsVerifiedWithTheRest) {
  const std::string path = io::join_path(directory_.path(), "spill.kseg");
  std::string bytes = io::read_text_file(path);
  bytes[bytes.size() / 2] ^= 1;
  io::write_text_file(path, bytes);
  EXPECT_KINDRED_ERROR(segment_->verify(), ErrorKind::corrupt, "spill.kseg");
  EXPECT_KINDRED_ERROR(open_segment(directory_.path()), ErrorKind::corrupt, "spill.kseg");
}

}  // namespace
}  // namespace kindred::index
