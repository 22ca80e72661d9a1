#include "io/zip_archive.h"

#include <cstring>
#include <vector>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

struct Entry {
  std::string name;
  std::string bytes;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
};

std::string number(std::uint64_t value, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::memcpy(text.data(), &value, bytes);
  return text;
}

/// Writes archives; every size and place that is 32 bits wide goes to zip64 fields if asked for.
std::string archive(const std::vector<Entry>& entries, bool zip64 = false,
                    const std::string& comment = "") {
  std::string text;
  std::string directory;
  for (const Entry& entry : entries) {
    const std::uint64_t header = text.size();
    const std::string padding = number(0x4246, 2) + number(5, 2) + "ZZZZZ";  // as PyTorch aligns
    text += "PK\x03\x04" + number(20, 2) + number(entry.flags, 2) + number(entry.method, 2) +
            number(0, 4) + number(0, 4) + number(entry.bytes.size(), 4) +
            number(entry.bytes.size(), 4) + number(entry.name.size(), 2) +
            number(padding.size(), 2) + entry.name + padding + entry.bytes;
    const std::string fields = zip64 ? number(0x9999, 2) + number(1, 2) + "x" + number(1, 2) +
                                           number(24, 2) + number(entry.bytes.size(), 8) +
                                           number(entry.bytes.size(), 8) + number(header, 8)
                                     : "";
    const auto narrow = [&](std::uint64_t value) { return number(zip64 ? ~0U : value, 4); };
    directory += "PK\x01\x02" + number(20, 2) + number(20, 2) + number(entry.flags, 2) +
                 number(entry.method, 2) + number(0, 4) + number(0, 4) +
                 narrow(entry.bytes.size()) + narrow(entry.bytes.size()) +
                 number(entry.name.size(), 2) + number(fields.size(), 2) + number(3, 2) +
                 number(0, 2) + number(0, 2) + number(0, 4) + narrow(header) + entry.name + fields +
                 "ABC";
  }
  const std::uint64_t begin = text.size();
  text += directory;
  if (zip64) {
    const std::uint64_t end = text.size();
    text += "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
            number(entries.size(), 8) + number(entries.size(), 8) + number(directory.size(), 8) +
            number(begin, 8) + "PK\x06\x07" + number(0, 4) + number(end, 8) + number(1, 4);
  }
  const std::uint64_t count = zip64 ? 0xFFFF : entries.size();
  return text + "PK\x05\x06" + number(0, 4) + number(count, 2) + number(count, 2) +
         number(zip64 ? ~0U : directory.size(), 4) + number(zip64 ? ~0U : begin, 4) +
         number(comment.size(), 2) + comment;
}

class Zip : public testing::Test {
 protected:
  ZipArchive open(const std::string& text) {
    return ZipArchive(MappedFile::open(directory_.write("file", text)));
  }
  TempDirectory directory_;
};

TEST_F(Zip, ReadsEntries) {
  for (const bool zip64 : {false, true}) {
    for (const std::string& comment : {std::string(), std::string("PK\x05\x06 a comment")}) {
      const std::string text = archive({{"a/x", "one"}, {"a/y", ""}}, zip64, comment);
      EXPECT_TRUE(ZipArchive::begins(text));
      const ZipArchive zip = open(text);
      EXPECT_EQ(zip.read("a/x"), "one");
      EXPECT_EQ(zip.read("a/y"), "");
      EXPECT_TRUE(zip.has("a/y"));
      EXPECT_FALSE(zip.has("a/z"));
    }
  }
  EXPECT_KINDRED_ERROR(open(archive({{"a", "x"}})).read("b"), ErrorKind::not_found, "entry b");
}

TEST_F(Zip, WhatIsNotStoredIsRefusedWhenItIsRead) {
  const ZipArchive zip = open(archive({{"plain", "x"}, {"packed", "y", 8}, {"secret", "z", 0, 1}}));
  EXPECT_EQ(zip.read("plain"), "x");
  EXPECT_KINDRED_ERROR(zip.read("packed"), ErrorKind::unsupported, "packed is compressed");
  EXPECT_KINDRED_ERROR(zip.read("secret"), ErrorKind::unsupported, "secret is encrypted");
}

TEST_F(Zip, RefusesNamesThatAppearTwice) {
  EXPECT_KINDRED_ERROR(open(archive({{"a", "x"}, {"a", "y"}})), ErrorKind::corrupt, "twice");
}

TEST_F(Zip, RefusesWhatIsNotInTheFile) {
  const std::string sound = archive({{"a", "12345"}, {"b", "67890"}});
  const std::size_t directory = sound.find("PK\x01\x02");
  const std::size_t second = sound.rfind("PK\x01\x02");
  const std::size_t end = sound.rfind("PK\x05\x06");
  const auto changed = [&](std::size_t at, std::uint32_t value, std::size_t bytes = 4) {
    std::string text = sound;
    return text.replace(at, bytes, number(value, bytes));
  };
  EXPECT_NO_THROW(open(sound));
  EXPECT_KINDRED_ERROR(open(changed(end + 16, 1U << 30)), ErrorKind::corrupt, "not in the file");
  EXPECT_KINDRED_ERROR(open(changed(end + 12, 1U << 30)), ErrorKind::corrupt, "not in the file");
  EXPECT_KINDRED_ERROR(open(changed(end + 10, 60000, 2)), ErrorKind::corrupt, "not in the file");
  EXPECT_KINDRED_ERROR(open(changed(end + 16, 0)), ErrorKind::corrupt, "no entry");
  EXPECT_KINDRED_ERROR(open(changed(directory + 20, 1U << 20)), ErrorKind::corrupt, "says that");
  EXPECT_KINDRED_ERROR(open(changed(directory + 42, 1)), ErrorKind::corrupt, "no header");
  EXPECT_KINDRED_ERROR(open(changed(directory + 42, 1U << 30)), ErrorKind::corrupt, "no header");
  EXPECT_KINDRED_ERROR(open(changed(second + 42, 0)), ErrorKind::corrupt, "overlaps");
  EXPECT_KINDRED_ERROR(open(changed(directory + 20, 40)), ErrorKind::corrupt, "overlaps");
  EXPECT_KINDRED_ERROR(open(changed(end + 4, 1, 2)), ErrorKind::unsupported, "several files");
  EXPECT_KINDRED_ERROR(open(changed(26, 60000, 2)), ErrorKind::corrupt, "says that");
  EXPECT_KINDRED_ERROR(open(sound.substr(0, sound.size() - 1)), ErrorKind::corrupt,
                       "no zip directory");
  EXPECT_KINDRED_ERROR(open("PK\x03\x04"), ErrorKind::corrupt, "no zip archive");
}

TEST_F(Zip, RefusesAZip64DirectoryThatIsNotThere) {
  const std::string sound = archive({{"a", "12345"}}, true);
  const std::size_t locator = sound.rfind("PK\x06\x07");
  for (const std::uint64_t place : {std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
    std::string text = sound;
    text.replace(locator + 8, 8, number(place, 8));
    EXPECT_KINDRED_ERROR(open(text), ErrorKind::corrupt, "zip64 directory");
  }
  const std::size_t end = sound.rfind("PK\x06\x06");
  for (const std::size_t field : {std::size_t{32}, std::size_t{40}, std::size_t{48}}) {
    std::string text = sound;
    text.replace(end + field, 8, number(~std::uint64_t{0} - 1, 8));
    EXPECT_KINDRED_ERROR(open(text), ErrorKind::corrupt, "zip directory");
  }
}

}  // namespace
}  // namespace kindred::io
