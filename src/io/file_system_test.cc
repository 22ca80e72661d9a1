#include "io/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/byte_codec.h"
#include "io/expect_error.h"
#include "io/fault_file_system.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

TEST(FileSystem, WritesLinksAndRemovesTrees) {
  const TempDirectory temp;
  FileSystem& files = system_files();
  files.make_directory(temp.file("a"));
  files.make_directory(temp.file("a"));
  files.make_directory(temp.file("a/b"));
  const auto file = files.create(temp.file("a/b/f"));
  file->write_at(3, as_bytes("def"));
  file->write_at(0, as_bytes("abcd"));
  file->truncate(5);
  file->sync();
  EXPECT_EQ(read_text_file(temp.file("a/b/f")), "abcde");
  link_tree(files, temp.file("a"), temp.file("copy"));
  replace_file(files, temp.file("a/b/f"), "other");
  EXPECT_EQ(read_text_file(temp.file("copy/b/f")), "abcde");
  EXPECT_EQ(read_text_file(temp.file("a/b/f")), "other");
  remove_tree(files, temp.file("a"));
  remove_tree(files, temp.file("a"));
  EXPECT_FALSE(is_directory(temp.file("a")));
  files.remove(temp.file("nothing"));
  EXPECT_KINDRED_ERROR(files.open(temp.file("nothing")), ErrorKind::not_found, "nothing");
  EXPECT_EQ(directory_of("/a/b/"), "/a");
  EXPECT_EQ(directory_of("/a"), "/");
  EXPECT_EQ(directory_of("a"), ".");
}

TEST(FaultFileSystem, LosesWhatWasNotSyncedAndNothingElse) {
  std::size_t kept = 0, named = 0;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    const TempDirectory temp;
    FaultFileSystem files;
    const auto sound = files.create(temp.file("sound"));
    sound->write_at(0, as_bytes("abc"));
    sound->sync();
    files.sync_directory(temp.path());
    sound->write_at(1, as_bytes("XX"));
    const auto unnamed = files.create(temp.file("unnamed"));
    unnamed->write_at(0, as_bytes("abc"));
    unnamed->sync();
    files.arm(0, Fault::power_loss);
    EXPECT_THROW(files.sync_directory(temp.path()), PowerLoss);
    EXPECT_THROW(files.create(temp.file("late")), PowerLoss);
    Random random(seed);
    files.lose_unsynced(random);
    const std::string content = read_text_file(temp.file("sound"));
    EXPECT_EQ(content.size(), 3U);
    EXPECT_EQ(content[0], 'a');
    kept += content == "aXX";
    if (is_file(temp.file("unnamed"))) {
      ++named;
      EXPECT_EQ(read_text_file(temp.file("unnamed")), "abc");
    }
    EXPECT_FALSE(is_file(temp.file("late")));
  }
  EXPECT_GT(kept, 0U);  // each fate befalls some
  EXPECT_LT(kept, 64U);
  EXPECT_GT(named, 0U);
  EXPECT_LT(named, 64U);
}

TEST(FaultFileSystem, ReplacesWholeOrNotAtAll) {
  for (std::uint64_t at = 0; at < 5; ++at) {
    for (std::uint64_t seed = 0; seed < 16; ++seed) {
      const TempDirectory temp;
      FaultFileSystem files;
      replace_file(files, temp.file("f"), "old");
      files.arm(at, Fault::power_loss);
      EXPECT_THROW(replace_file(files, temp.file("f"), "new content"), PowerLoss);
      Random random(seed);
      files.lose_unsynced(random);
      const std::string content = read_text_file(temp.file("f"));
      EXPECT_TRUE(content == "old" || content == "new content") << at << ": " << content;
    }
  }
}

TEST(FaultFileSystem, AFullDiskStopsHalfWayUntilThereIsRoom) {
  const TempDirectory temp;
  FaultFileSystem files;
  const auto file = files.create(temp.file("f"));
  files.arm(0, Fault::disk_full);
  EXPECT_KINDRED_ERROR(file->write_at(0, as_bytes("abcd")), ErrorKind::exhausted, "No space left");
  EXPECT_EQ(read_text_file(temp.file("f")), "ab");
  EXPECT_THROW(files.create(temp.file("g")), Error);
  file->truncate(0);
  file->sync();
  files.disarm();
  file->write_at(0, as_bytes("abcd"));
  EXPECT_EQ(read_text_file(temp.file("f")), "abcd");
}

}  // namespace
}  // namespace kindred::io
