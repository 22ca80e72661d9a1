#include "io/partial_file.h"

#include <filesystem>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class Partial : public testing::Test {
 protected:
  // A run that writes `count` rows "NNNN" behind the header and is stopped; returns the bytes that
  // it took over.
  std::uint64_t run(int count, const std::string& key = "key") {
    PartialFile file(path_, key);
    const std::uint64_t there = file.resume(4);
    if (there == 0) file.write_header("head");
    for (int i = static_cast<int>(there) / 4; i < count; ++i) {
      file.append(fmt::format("{:04}", i));
      file.flush();
    }
    return there;
  }
  std::string finish(int count) {
    PartialFile file(path_, "key");
    const std::uint64_t there = file.resume(4);
    if (there == 0) file.write_header("head");
    for (int i = static_cast<int>(there) / 4; i < count; ++i) file.append(fmt::format("{:04}", i));
    file.commit("HEAD");
    return read_text_file(path_);
  }
  std::string partial() const { return read_text_file(path_ + ".partial"); }
  void set(const std::string& text) const { directory_.write("f.partial", text); }

  TempDirectory directory_;
  std::string path_ = directory_.file("f");
};

TEST_F(Partial, GoesOnWhereItStopped) {
  EXPECT_EQ(run(3), 0U);
  EXPECT_EQ(partial(), "head000000010002");
  EXPECT_EQ(run(5), 12U);
  EXPECT_EQ(run(5), 20U);
  EXPECT_EQ(finish(6), "HEAD000000010002000300040005");
  EXPECT_THAT(list_directory(directory_.path()), ElementsAre("f"));
}

TEST_F(Partial, RowsBehindTheLastNoteAreDropped) {
  run(3);
  const std::string whole = partial();
  for (const std::string& tail : {std::string(4000, '\0'), std::string("0003"), std::string("0")}) {
    set(whole + tail);
    EXPECT_EQ(run(3), 12U);
    EXPECT_EQ(partial(), whole);
  }
}

TEST_F(Partial, ALossOfPowerCostsWhatDidNotReachTheDisk) {
  run(2);
  run(4);
  const std::string whole = partial();
  const std::string state = read_text_file(path_ + ".partial.key");
  const auto after = [&](const std::string& left) {
    set(left);
    directory_.write("f.partial.key", state);
    return run(0);
  };
  EXPECT_EQ(after(whole), 16U);
  // Zeros in place of the last rows; of all; a file cut within them; an empty one; none.
  EXPECT_EQ(after(whole.substr(0, 12) + std::string(8, '\0')), 8U);
  EXPECT_EQ(after("head" + std::string(16, '\0')), 0U);
  EXPECT_EQ(after(std::string(20, '\0')), 0U);
  EXPECT_EQ(after(whole.substr(0, 19)), 12U);
  EXPECT_EQ(after(whole.substr(0, 11)), 4U);  // the first note was made at once
  EXPECT_EQ(after(whole.substr(0, 2)), 0U);
  EXPECT_EQ(after(""), 0U);
  fs::remove(path_ + ".partial");
  directory_.write("f.partial.key", state);
  EXPECT_EQ(run(0), 0U);
  // The header alone is written anew and proves nothing.
  EXPECT_EQ(after("HEAD" + whole.substr(4)), 16U);
  EXPECT_EQ(finish(4), "HEAD0000000100020003");
}

TEST_F(Partial, OtherWorkOrAnotherStateStartsOver) {
  run(3);
  EXPECT_EQ(run(3, "another key"), 0U);
  EXPECT_EQ(run(3, "another key"), 12U);
  const std::string whole = partial();
  for (const char* state : {"", "another key", "kindred partial 1\n", "kindred partial 1\n12",
                            "kindred partial 2\n\nkey", "kindred partial 1\n12 zzzz\n\nanother key",
                            "kindred partial 1\n-1 0\n\nanother key",
                            "kindred partial 1\n99999999999999999999999 0\n\nanother key",
                            "kindred partial 1\n18446744073709551615 00000000\n\nanother key",
                            "kindred partial 1\n8 00000000\n4 00000000\n\nanother key",
                            "kindred partial 1\n0 0\n\nanother key"}) {
    set(whole);
    directory_.write("f.partial.key", state);
    EXPECT_EQ(run(0, "another key"), 0U) << state;
  }
  fs::remove(path_ + ".partial.key");
  set(whole);
  EXPECT_EQ(run(0, "another key"), 0U);
}

TEST_F(Partial, KeepsFewNotesOfALongRun) {
  for (int rows = 1; rows <= 150; ++rows) run(rows);
  const std::string state = read_text_file(path_ + ".partial.key");
  EXPECT_LT(std::count(state.begin(), state.end(), '\n'), 131);
  EXPECT_EQ(run(150), 600U);
}

TEST_F(Partial, WithoutAKeyNothingStays) {
  {
    PartialFile file(path_, "");
    EXPECT_EQ(file.resume(0), 0U);
    file.append("row");
    file.flush();
  }
  EXPECT_THAT(list_directory(directory_.path()), IsEmpty());
}

}  // namespace
}  // namespace kindred::io
