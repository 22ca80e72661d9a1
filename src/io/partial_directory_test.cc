#include "io/partial_directory.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

TEST(PartialDirectory, AppearsWhole) {
  const TempDirectory temp;
  {
    PartialDirectory partial(temp.file("new/"));
    write_text_file(join_path(partial.path(), "a"), "text");
    EXPECT_FALSE(is_directory(temp.file("new")));
    partial.commit();
  }
  EXPECT_EQ(read_text_file(temp.file("new/a")), "text");
  EXPECT_EQ(list_directory(temp.path()), std::vector<std::string>{"new"});
}

TEST(PartialDirectory, LeavesNothingUncommitted) {
  const TempDirectory temp;
  {
    const PartialDirectory partial(temp.file("new"));
    write_text_file(join_path(partial.path(), "a"), "text");
  }
  EXPECT_TRUE(list_directory(temp.path()).empty());
}

TEST(PartialDirectory, RefusesWhatExists) {
  const TempDirectory temp;
  temp.write("file", "x");
  EXPECT_THROW(PartialDirectory(temp.file("file")), Error);
  EXPECT_THROW(PartialDirectory(temp.path()), Error);
}

}  // namespace
}  // namespace kindred::io
