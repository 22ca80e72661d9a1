#include "io/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/table.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstandard(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

class Compressed : public testing::TestWithParam<std::string (*)(std::string_view)> {
 protected:
  static std::string pack(std::string_view text) { return GetParam()(text); }
  static std::string read(std::string_view packed) {
    return rows(TableReader::from_memory(packed, "f"));
  }
  static std::string rows(TableReader reader) {
    std::string all;
    for (TableRow row; reader.next(row);) all += std::string(row.values[0]) + "\n";
    return all;
  }
  // Lines of many sizes, some that compress to nothing.
  static std::string text(std::size_t lines) {
    Random random(5);
    std::string all;
    for (std::size_t i = 0; i < lines; ++i) {
      const std::size_t length = random.below(200);
      const bool same = random.below(3) == 0;
      for (std::size_t c = 0; c < length; ++c)
        all += same ? 'a' : static_cast<char>('a' + random.below(26));
      all += '\n';
    }
    return all + std::string(2'000'000, 'z') + "\n";
  }
};

TEST_P(Compressed, ReadsAsIfItWerePlain) {
  for (const std::string& plain : {std::string(), std::string("one\ntwo\n"), text(20000)}) {
    EXPECT_TRUE(read(pack(plain)) == plain);
    const TempDirectory directory;
    const std::string path = directory.write("f", pack(plain));
    TableReader reader = TableReader::open(path);
    EXPECT_FALSE(reader.size());
    EXPECT_TRUE(rows(std::move(reader)) == plain);
  }
  EXPECT_EQ(read(pack("one\n") + pack("") + pack("two\nthr") + pack("ee\n")), "one\ntwo\nthree\n");
  TableOptions csv{.format = TableFormat::csv, .columns = {"t"}};
  EXPECT_EQ(rows(TableReader::from_memory(pack("\xEF\xBB\xBFt,u\na,1\n"), "f", csv)), "a\n");
  // What is not text stays refused inside.
  EXPECT_KINDRED_ERROR(read(pack("\x93NUMPY\x01")), ErrorKind::bad_input, "NumPy");
}

TEST_P(Compressed, DamageIsNamed) {
  const std::string packed = pack(text(2000));
  for (std::size_t size = 4; size < packed.size(); size += 1 + packed.size() / 50) {
    EXPECT_KINDRED_ERROR(read(std::string_view(packed).substr(0, size)), ErrorKind::corrupt,
                         "cut short");
  }
  EXPECT_KINDRED_ERROR(read(packed + "trailing"), ErrorKind::corrupt, "damaged");
  Random random(3);
  int noticed = 0;
  for (int i = 0; i < 200; ++i) {
    std::string bad = packed;
    bad[random.below(bad.size())] ^= static_cast<char>(1 + random.below(255));
    try {
      (void)read(bad);
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal);
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 0);
}

TEST_P(Compressed, ABombIsOnlyALongRow) {
  TableOptions options;
  options.max_row_bytes = 1000;
  EXPECT_KINDRED_ERROR(
      rows(TableReader::from_memory(pack(std::string(50'000'000, 'a')), "f", options)),
      ErrorKind::exhausted, "more than 1000 bytes");
}

INSTANTIATE_TEST_SUITE_P(Formats, Compressed, testing::Values(&gzip, &zstandard),
                         [](const auto& test) { return test.index == 0 ? "gzip" : "zstandard"; });

TEST(Decompressor, PaddingBehindGzipIsNotText) {
  TableReader reader = TableReader::from_memory(gzip("one\n") + std::string(512, '\0'), "f");
  TableRow row;
  EXPECT_TRUE(reader.next(row));
  EXPECT_FALSE(reader.next(row));
}

}  // namespace
}  // namespace kindred::io
