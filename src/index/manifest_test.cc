#include "index/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

Manifest sample() {
  Manifest m;
  m.dimension = 384;
  m.metric = Metric::inner_product;
  m.kind = SegmentKind::ivf;
  m.stored = StoredType::int8;
  m.recall = 0.9;
  m.fingerprint = "model/1";
  m.next_number = 9;
  m.next_key = 12345;
  m.log = 3;
  m.log_sequence = 77;
  m.durable_sequence = 90;
  m.segments = {{1, 100, 0}, {4, 200, 7}};
  return m;
}

TEST(Manifest, ReadsWhatItWrote) {
  EXPECT_EQ(decode_manifest(encode_manifest(sample()), "m"), sample());
  const io::TempDirectory temp;
  EXPECT_KINDRED_ERROR(read_manifest(temp.path()), ErrorKind::not_found, "holds no collection");
  write_manifest(io::system_files(), temp.path(), sample());
  EXPECT_EQ(read_manifest(temp.path()), sample());
  EXPECT_EQ(io::list_directory(temp.path()).size(), 1U);
}

TEST(Manifest, RefusesEveryFlippedBitAndEveryCut) {
  const std::string bytes = encode_manifest(sample());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    EXPECT_THROW(decode_manifest(bytes.substr(0, at), "m"), Error);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_THROW(decode_manifest(damaged, "m"), Error) << at;
    }
  }
  EXPECT_KINDRED_ERROR(decode_manifest(bytes + "x", "m"), ErrorKind::corrupt, "checksum");
}

// Sound checksums do not make nonsense true.
TEST(Manifest, RefusesWhatCannotBe) {
  const auto refused = [](auto change) {
    Manifest m = sample();
    change(m);
    EXPECT_KINDRED_ERROR(decode_manifest(encode_manifest(m), "the manifest"), ErrorKind::corrupt,
                         "the manifest");
  };
  refused([](Manifest& m) { m.dimension = 0; });
  refused([](Manifest& m) { m.dimension = 4097; });
  refused([](Manifest& m) { m.metric = static_cast<Metric>(9); });
  refused([](Manifest& m) { m.stored = static_cast<StoredType>(9); });
  refused([](Manifest& m) { m.recall = 0.0; });
  refused([](Manifest& m) { m.segments[1].number = 1; });
  refused([](Manifest& m) { m.segments[1].deletes = 1; });
  refused([](Manifest& m) { m.next_number = 7; });
  refused([](Manifest& m) { m.segments[0].rows = 0; });
  refused([](Manifest& m) { m.segments[0].rows = std::uint64_t{1} << 32; });
  refused([](Manifest& m) { m.log = 0; });
  refused([](Manifest& m) { m.durable_sequence = 76; });
}

}  // namespace
}  // namespace kindred::index
