#include "io/scratch_directory.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "io/expect_error.h"

namespace kindred::io {
namespace {

TEST(ScratchDirectory, GoesWithWhatIsInIt) {
  std::string path;
  {
    const ScratchDirectory one;
    const ScratchDirectory other;
    EXPECT_NE(one.path(), other.path());
    path = one.path();
    std::filesystem::create_directory(one.file("folder"));
    std::ofstream(one.file("folder/file")) << "text";
    EXPECT_TRUE(std::filesystem::exists(one.file("folder/file")));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchDirectory, SaysWhereThereIsNoPlace) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  const ScratchDirectory place;
  ::setenv("TMPDIR", place.path().c_str(), 1);
  std::filesystem::permissions(place.path(), std::filesystem::perms::none);
  if (::access(place.path().c_str(), W_OK) != 0)  // root may write anywhere
    EXPECT_KINDRED_ERROR(ScratchDirectory(), ErrorKind::bad_input, place.path());
  std::filesystem::permissions(place.path(), std::filesystem::perms::owner_all);
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace kindred::io
