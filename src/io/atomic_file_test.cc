#include "io/atomic_file.h"

#include <optional>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AtomicFile, AppearsWhole) {
  const TempDirectory directory;
  const std::string path = directory.write("a", "old");
  AtomicFile file = AtomicFile::create(path);
  file.write("new ");
  file.write("text");
  file.flush();
  EXPECT_EQ(read_text_file(path), "old");
  EXPECT_EQ(read_text_file(file.partial_path()), "new text");
  file.write_at(4, std::as_bytes(std::span("TE", 2)));
  file.commit();
  EXPECT_EQ(read_text_file(path), "new TExt");
  EXPECT_THAT(list_directory(directory.path()), ElementsAre("a"));
}

TEST(AtomicFile, LeavesNothingWhenNotCommitted) {
  const TempDirectory directory;
  {
    AtomicFile file = AtomicFile::create(directory.file("a"));
    file.write("text");
    const AtomicFile moved = std::move(file);
    EXPECT_EQ(moved.size(), 4U);
  }
  EXPECT_THAT(list_directory(directory.path()), IsEmpty());
}

TEST(AtomicFile, TwoWritersDoNotMix) {
  const TempDirectory directory;
  AtomicFile first = AtomicFile::create(directory.file("a"));
  AtomicFile second = AtomicFile::create(directory.file("a"));
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read_text_file(directory.file("a")), "first");
}

TEST(AtomicFile, LargeAndSmallWritesKeepTheirOrder) {
  const TempDirectory directory;
  std::string expected;
  AtomicFile file = AtomicFile::create(directory.file("a"));
  for (const std::size_t bytes : {5U, 3'000'000U, 1U, 1'048'576U, 1'048'575U, 2U}) {
    const std::string part(bytes, static_cast<char>('a' + bytes % 26));
    file.write(part);
    expected += part;
  }
  EXPECT_EQ(file.size(), expected.size());
  file.commit();
  EXPECT_TRUE(read_text_file(directory.file("a")) == expected);
}

TEST(AtomicFile, ResumesWhereItStopped) {
  const TempDirectory directory;
  const std::string path = directory.file("a");
  {
    AtomicFile file = AtomicFile::resume(path);
    EXPECT_EQ(file.size(), 0U);
    file.write("one two");
  }
  EXPECT_FALSE(is_file(path));
  AtomicFile file = AtomicFile::resume(path);
  EXPECT_EQ(file.size(), 7U);
  file.truncate(3);
  file.write(" more");
  file.commit();
  EXPECT_EQ(read_text_file(path), "one more");
  EXPECT_THAT(list_directory(directory.path()), ElementsAre("a"));
}

TEST(AtomicFile, OnlyOneProcessResumes) {
  const TempDirectory directory;
  std::optional<AtomicFile> file = AtomicFile::resume(directory.file("a"));
  EXPECT_KINDRED_ERROR(AtomicFile::resume(directory.file("a")), ErrorKind::bad_input,
                       "being written by another process");
  file.reset();
  EXPECT_NO_THROW(AtomicFile::resume(directory.file("a")));
}

TEST(AtomicFile, RefusesAtOnceWhatItCouldNotReplace) {
  const TempDirectory directory;
  EXPECT_KINDRED_ERROR(AtomicFile::create(directory.path()), ErrorKind::bad_input,
                       "not a regular file");
  EXPECT_KINDRED_ERROR(AtomicFile::resume("/dev/null"), ErrorKind::bad_input, "not a regular file");
  EXPECT_KINDRED_ERROR(AtomicFile::create(directory.file("none/a")), ErrorKind::not_found,
                       "No such file");
}

TEST(AtomicFile, MisuseIsNamed) {
  const TempDirectory directory;
  AtomicFile file = AtomicFile::create(directory.file("a"));
  EXPECT_KINDRED_ERROR(file.write_at(0, std::as_bytes(std::span("x", 1))), ErrorKind::internal,
                       "beyond the end");
  EXPECT_KINDRED_ERROR(file.truncate(1), ErrorKind::internal, "beyond the end");
  file.commit();
  EXPECT_KINDRED_ERROR(file.write("x"), ErrorKind::internal, "after commit");
  EXPECT_KINDRED_ERROR(file.commit(), ErrorKind::internal, "twice");
}

}  // namespace
}  // namespace kindred::io
