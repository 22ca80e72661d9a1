#include "io/mapped_file.h"

#include <sys/stat.h>

#include <fstream>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

// Memory of this process that is backed by files, in pages.
std::size_t resident_file_pages() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  statm >> size >> resident >> shared;
  return shared;
}

TEST(MappedFile, ShowsTheBytes) {
  const TempDirectory directory;
  const auto file = MappedFile::open(directory.write("a", std::string("one\0two", 7)));
  EXPECT_EQ(file->size(), 7U);
  EXPECT_EQ(file->text(), std::string_view("one\0two", 7));
  EXPECT_EQ(file->bytes()[4], std::byte{'t'});
  EXPECT_EQ(file->path(), directory.file("a"));
}

TEST(MappedFile, EmptyFile) {
  const TempDirectory directory;
  const auto file = MappedFile::open(directory.write("empty", ""));
  EXPECT_EQ(file->size(), 0U);
  EXPECT_NE(file->data(), nullptr);
  file->advise_sequential();
  file->release(0, 100);
}

TEST(MappedFile, ReleasedPagesLeaveTheProcessAndComeBack) {
  const TempDirectory directory;
  const std::size_t bytes = std::size_t{16} << 20;
  const auto file = MappedFile::open(directory.write("big", std::string(bytes, 'x')));
  file->advise_sequential();
  std::size_t sum = 0;
  for (const std::byte value : file->bytes()) sum += std::to_integer<std::size_t>(value);
  EXPECT_EQ(sum, bytes * 'x');
  const std::size_t before = resident_file_pages();
  file->release(100, bytes);  // the end is cut off
  EXPECT_LT(resident_file_pages(), before - bytes / 4096 / 2);
  file->release(bytes + 5, 1);
  EXPECT_EQ(file->text().back(), 'x');
  EXPECT_EQ(file->text()[50], 'x');
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const TempDirectory directory;
  EXPECT_KINDRED_ERROR(MappedFile::open(directory.file("none")), ErrorKind::not_found,
                       "No such file");
  EXPECT_KINDRED_ERROR(MappedFile::open(directory.path()), ErrorKind::bad_input, "a directory");
  ASSERT_EQ(::mkfifo(directory.file("pipe").c_str(), 0600), 0);
  EXPECT_KINDRED_ERROR(MappedFile::open(directory.file("pipe")), ErrorKind::bad_input,
                       "not a regular file");
}

}  // namespace
}  // namespace kindred::io
