#include "io/file.h"

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

TEST(File, Questions) {
  const TempDirectory directory;
  const std::string path = directory.write("b", "text");
  directory.write("a", "");
  EXPECT_TRUE(is_file(path));
  EXPECT_FALSE(is_directory(path));
  EXPECT_TRUE(is_directory(directory.path()));
  EXPECT_FALSE(is_file(directory.path()));
  EXPECT_FALSE(is_file(directory.file("c")));
  EXPECT_EQ(file_size(path), 4U);
  EXPECT_THAT(list_directory(directory.path()), testing::ElementsAre("a", "b"));
  remove_file(path);
  EXPECT_FALSE(is_file(path));
  remove_file(path);
}

TEST(File, ReadsWholeFilesUpToALimit) {
  const TempDirectory directory;
  const std::string text("a\0\r\n\xFF", 5);
  const std::string path = directory.write("a", text);
  EXPECT_EQ(read_text_file(path), text);
  EXPECT_EQ(read_text_file(path, 5), text);
  EXPECT_KINDRED_ERROR(read_text_file(path, 4), ErrorKind::exhausted, "has 5 bytes; at most 4");
  EXPECT_KINDRED_ERROR(read_text_file(directory.path()), ErrorKind::bad_input, "a directory");
}

TEST(File, MissingFilesAreNamed) {
  const TempDirectory directory;
  const std::string path = directory.file("none");
  EXPECT_KINDRED_ERROR(read_text_file(path), ErrorKind::not_found, path);
  EXPECT_KINDRED_ERROR(file_size(path), ErrorKind::not_found, path);
  EXPECT_KINDRED_ERROR(list_directory(path), ErrorKind::not_found, path);
}

TEST(File, Paths) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_TRUE(has_ending("x.NPY", ".npy"));
  EXPECT_TRUE(has_ending(".npy", ".npy"));
  EXPECT_FALSE(has_ending("npy", ".npy"));
  EXPECT_FALSE(has_ending("x.npy.gz", ".npy"));
}

}  // namespace
}  // namespace kindred::io
