#include "index/write_ahead_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/fault_file_system.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

class LogTest : public testing::Test {
 protected:
  std::string path() const { return temp_.file("log"); }
  static void append(LogWriter& log, const std::vector<std::string>& group) {
    const std::vector<std::string_view> views(group.begin(), group.end());
    log.append(views);
  }
  // Groups of one, three and two records.
  std::string three_groups() {
    LogWriter log = LogWriter::create(io::system_files(), path(), 10);
    append(log, {"first"});
    ends_.push_back(log.size());
    append(log, {"second", std::string(300, 'x'), ""});
    ends_.push_back(log.size());
    append(log, {"fifth", "sixth"});
    ends_.push_back(log.size());
    return io::read_text_file(path());
  }
  LogContents read(const std::string& bytes) {
    records_.clear();
    return read_log(bytes, "the log", [&](std::uint64_t sequence, std::string_view payload) {
      EXPECT_EQ(sequence, 10 + records_.size());
      records_.emplace_back(payload);
    });
  }
  bool is_prefix() const {
    const std::vector<std::string> all{"first", "second", std::string(300, 'x'),
                                       "",      "fifth",  "sixth"};
    return records_.size() <= all.size() &&
           std::equal(records_.begin(), records_.end(), all.begin());
  }

  io::TempDirectory temp_;
  std::vector<std::uint64_t> ends_;
  std::vector<std::string> records_;
};

TEST_F(LogTest, GivesBackWhatWasAppended) {
  const std::string bytes = three_groups();
  const LogContents log = read(bytes);
  EXPECT_TRUE(log.started);
  EXPECT_FALSE(log.torn);
  EXPECT_EQ(log.end, bytes.size());
  EXPECT_EQ(log.next_sequence, 16U);
  EXPECT_EQ(records_.size(), 6U);
  EXPECT_TRUE(is_prefix());
}

TEST_F(LogTest, CutAnywhereItKeepsWholeRecordsAndGoesOn) {
  const std::string bytes = three_groups();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const LogContents log = read(bytes.substr(0, size));
    EXPECT_LE(log.end, size);
    EXPECT_TRUE(is_prefix()) << size;
    if (!log.started) continue;
    temp_.write("log", bytes.substr(0, size));
    LogWriter writer = LogWriter::resume(io::system_files(), path(), log);
    append(writer, {"again"});
    const std::size_t before = records_.size();
    const LogContents later = read(io::read_text_file(path()));
    EXPECT_FALSE(later.torn);
    ASSERT_EQ(records_.size(), before + 1);
    EXPECT_EQ(records_.back(), "again");
  }
}

// A flipped bit in what was synced before a later group is named; in the last group it may have
// been torn. What is read is never wrong.
TEST_F(LogTest, DamageInTheMiddleIsNotATornEnd) {
  const std::string bytes = three_groups();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      bool refused = false;
      try {
        read(damaged);
      } catch (const Error& error) {
        refused = error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
      }
      EXPECT_TRUE(is_prefix()) << at;
      EXPECT_EQ(refused, at < ends_[1]) << at;
    }
  }
}

// Unsynced pages may reach the disk in any order: a hole inside the last group is no damage.
TEST_F(LogTest, AHoleInTheLastGroupIsTorn) {
  std::string bytes = three_groups();
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(ends_[1]),
            bytes.begin() + static_cast<std::ptrdiff_t>(ends_[1]) + 20, '\0');
  const LogContents log = read(bytes);
  EXPECT_TRUE(log.torn);
  EXPECT_EQ(log.end, ends_[1]);
  EXPECT_EQ(records_.size(), 4U);
}

TEST_F(LogTest, AFullDiskTakesNothingAndAFailedSyncEndsTheLog) {
  io::FaultFileSystem files;
  LogWriter log = LogWriter::create(files, path(), 10);
  append(log, {"first"});
  files.arm(0, io::Fault::disk_full);
  EXPECT_KINDRED_ERROR(append(log, {"lost"}), ErrorKind::exhausted, "No space left");
  files.disarm();
  append(log, {"second"});
  files.arm(1, io::Fault::io_error);  // the sync
  EXPECT_THROW(append(log, {"unknown"}), Error);
  EXPECT_TRUE(log.broken());
  EXPECT_KINDRED_ERROR(append(log, {"third"}), ErrorKind::exhausted, "open it again");
  read(io::read_text_file(path()));
  ASSERT_GE(records_.size(), 2U);
  EXPECT_EQ(records_[1], "second");
}

}  // namespace
}  // namespace kindred::index
