#include "index/segment_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

std::vector<std::byte> random_bytes(std::size_t count) {
  Random random(count);
  std::vector<std::byte> bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.below(256));
  return bytes;
}

TEST(SegmentFile, ReadsWhatWasWrittenAtEverySize) {
  const io::TempDirectory directory;
  for (const std::size_t size :
       {0U, 1U, 4096U, (1U << 20) - 1, 1U << 20, (1U << 20) + 1, 3U << 20}) {
    const std::vector<std::byte> bytes = random_bytes(size);
    SegmentFileWriter writer(directory.path(), FileRole::codes);
    const std::size_t cut = size / 3;
    writer.append(std::span(bytes).first(cut));
    writer.append(std::span(bytes).subspan(cut));
    const FileStamp stamp = writer.commit();
    const SegmentFile file(directory.path(), FileRole::codes);
    EXPECT_EQ(file.stamp(), stamp);
    ASSERT_EQ(file.size(), size);
    std::vector<std::byte> read(size);
    file.read_all(read.data());
    EXPECT_EQ(read, bytes);
    file.verify();
    if (size > 10) {
      std::vector<std::byte> part(5);
      file.read(size - 7, 5, part.data());
      EXPECT_EQ(part, std::vector<std::byte>(bytes.end() - 7, bytes.end() - 2));
    }
  }
}

TEST(SegmentFile, NothingAppearsBeforeCommit) {
  const io::TempDirectory directory;
  {
    SegmentFileWriter writer(directory.path(), FileRole::meta);
    writer.append(random_bytes(100));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_KINDRED_ERROR(SegmentFile(directory.path(), FileRole::meta), ErrorKind::not_found,
                       "meta.kseg");
}

TEST(SegmentFile, EveryCutAndEveryFlippedBitIsFound) {
  const io::TempDirectory directory;
  SegmentFileWriter writer(directory.path(), FileRole::meta);
  writer.append(random_bytes(300));
  writer.commit();
  const std::string path = directory.file("meta.kseg");
  std::ifstream stream(path, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(stream)), {});
  const auto found = [&](const std::string& bytes) {
    directory.write("meta.kseg", bytes);
    try {
      SegmentFile(directory.path(), FileRole::meta).verify();
    } catch (const Error& error) {
      return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
    }
    return false;
  };
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_TRUE(found(good.substr(0, size))) << size;
  EXPECT_TRUE(found(good + "x"));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(found(bad)) << bit;
  }
  directory.write("vectors.kseg", good);
  EXPECT_KINDRED_ERROR(SegmentFile(directory.path(), FileRole::vectors), ErrorKind::corrupt,
                       "another kind of file");
}

TEST(ByteReader, ChecksSizesBeforeItAsksForMemory) {
  ByteWriter writer;
  writer.put<std::uint32_t>(7);
  writer.put<std::uint64_t>(~std::uint64_t{0});
  ByteReader reader(writer.bytes(), "here");
  EXPECT_EQ(reader.get<std::uint32_t>(), 7U);
  const auto count = reader.get<std::uint64_t>();
  EXPECT_KINDRED_ERROR(reader.get_all<float>(count), ErrorKind::corrupt, "here");
}

}  // namespace
}  // namespace kindred::index
