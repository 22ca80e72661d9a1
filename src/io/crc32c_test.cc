#include "io/crc32c.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/random.h"

namespace kindred::io {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Crc32c, GivesTheStandardsValues) {
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  // RFC 3720, B.4.
  std::vector<std::byte> block(32, std::byte{0});
  EXPECT_EQ(crc32c(block), 0x8A9136AAU);
  block.assign(32, std::byte{0xFF});
  EXPECT_EQ(crc32c(block), 0x62A8AB43U);
  for (std::size_t i = 0; i < 32; ++i) block[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(block), 0x46DD794EU);
}

TEST(Crc32c, TablesAndInstructionAgreeAtEveryLengthAndAlignment) {
  Random random(5);
  std::vector<std::byte> data(300);
  for (std::byte& b : data) b = static_cast<std::byte>(random.below(256));
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t size = 0; size + begin <= data.size(); ++size) {
      const std::span<const std::byte> part(data.data() + begin, size);
      ASSERT_EQ(crc32c(part, 77), crc32c_portable(part, 77)) << begin << " " << size;
    }
}

TEST(Crc32c, GoesOnFromAnEarlierPart) {
  const std::string_view text = "one checksum over two parts";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = crc32c(bytes_of(text.substr(0, cut)));
    EXPECT_EQ(crc32c(bytes_of(text.substr(cut)), first), crc32c(bytes_of(text)));
    EXPECT_EQ(crc32c_portable(bytes_of(text.substr(cut)), first), crc32c(bytes_of(text)));
  }
}

}  // namespace
}  // namespace kindred::io
