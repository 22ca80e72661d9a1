#include "io/same_file.h"

#include <filesystem>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

namespace fs = std::filesystem;

class SameFile : public testing::Test {
 protected:
  void refused(const std::string& output, const std::string& input,
               DirectoryHolds holds = DirectoryHolds::data) const {
    EXPECT_KINDRED_ERROR(refuse_overwriting(output, input, holds), ErrorKind::bad_input,
                         "this command reads");
  }
  void allowed(const std::string& output, const std::string& input,
               DirectoryHolds holds = DirectoryHolds::data) const {
    EXPECT_NO_THROW(refuse_overwriting(output, input, holds)) << output << " over " << input;
  }
  std::string file(const std::string& name) const { return directory_.file(name); }

  TempDirectory directory_;
};

TEST_F(SameFile, ByEveryName) {
  directory_.write("a.jsonl", "x");
  directory_.write("b.jsonl", "x");
  fs::create_symlink("a.jsonl", file("link"));
  fs::create_symlink(file("link"), file("link2"));
  fs::create_hard_link(file("a.jsonl"), file("hard"));
  for (const char* name : {"a.jsonl", "./a.jsonl", "link", "link2", "hard"}) {
    refused(file(name), file("a.jsonl"));
    refused(file("a.jsonl"), file(name));
  }
  allowed(file("b.jsonl"), file("a.jsonl"));
  allowed(file("new"), file("a.jsonl"));
  allowed(file("a.jsonl"), file("not there"));
  allowed(file("a.jsonl"), "a text, not a file");
}

TEST_F(SameFile, WhatIsWrittenOnTheWay) {
  directory_.write("v.npy.partial", "x");
  directory_.write("w.npy.partial.key", "x");
  refused(file("v.npy"), file("v.npy.partial"));
  refused(file("w.npy"), file("w.npy.partial.key"));
  fs::create_directory(file("model.partial"));
  refused(file("model"), file("model.partial"));
}

TEST_F(SameFile, InsideOfADirectoryThatIsRead) {
  fs::create_directories(file("m/1_Dense"));
  directory_.write("m/config.json", "{}");
  directory_.write("m/1_Dense/model.safetensors", "x");
  directory_.write("m/old.npy", "x");
  const auto model = DirectoryHolds::model;
  refused(file("m/config.json"), file("m"), model);
  refused(file("m/1_Dense/model.safetensors"), file("m"), model);
  refused(file("m/1_Dense/../config.json"), file("m/"), model);
  refused(file("m/model.safetensors"), file("m"), model);  // a new one would be read next time
  fs::create_hard_link(file("m/config.json"), file("hard.json"));
  refused(file("hard.json"), file("m"), model);
  fs::create_directory_symlink("m", file("n"));
  refused(file("n/config.json"), file("m"), model);
  refused(file("m/config.json"), file("n"), model);
  allowed(file("m/new.npy"), file("m"), model);
  allowed(file("m/old.npy"), file("m"), model);
  allowed(file("mm.json"), file("m"), model);
  allowed(file("out.json"), file("m"), model);
  refused(file("m/old.npy"), file("m"));
  allowed(file("m/new.npy"), file("m"));
}

TEST_F(SameFile, TargetsOfLinks) {
  EXPECT_EQ(write_target(file("plain")), file("plain"));
  fs::create_symlink("other/place", file("link"));
  EXPECT_EQ(write_target(file("link")), file("other/place"));
  fs::create_symlink(file("circle"), file("circle"));
  EXPECT_KINDRED_ERROR(write_target(file("circle")), ErrorKind::bad_input, "leads to no place");
  EXPECT_TRUE(is_same_place(file("new"), file("./new")));
  EXPECT_FALSE(is_same_place(file("new"), file("new2")));
  EXPECT_TRUE(is_same_place("not there", "./not there"));
  directory_.write("a", "x");
  EXPECT_TRUE(is_same_place(file("a"), file("./a")));
  EXPECT_FALSE(is_same_place(file("a"), file("new")));
}

}  // namespace
}  // namespace kindred::io
