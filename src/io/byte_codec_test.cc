#include "io/byte_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::io {
namespace {

TEST(ByteCodec, ReadsWhatItWroteAndNothingBehindIt) {
  ByteWriter out;
  out.number(std::uint8_t{200});
  out.text("abc");
  out.number(1.5);
  const std::string bytes = out.take();
  EXPECT_EQ(bytes.size(), 1U + 4U + 3U + 8U);
  ByteReader in(bytes, "the file");
  EXPECT_EQ(in.number<std::uint8_t>(), 200);
  EXPECT_EQ(in.text(), "abc");
  EXPECT_EQ(in.number<double>(), 1.5);
  EXPECT_EQ(in.left(), 0U);
  EXPECT_KINDRED_ERROR(in.number<std::uint8_t>(), ErrorKind::corrupt, "the file");
  // A length that lies.
  ByteReader cut(std::string_view(bytes).substr(0, 6), "the file");
  cut.number<std::uint8_t>();
  EXPECT_KINDRED_ERROR(cut.text(), ErrorKind::corrupt, "the file");
}

}  // namespace
}  // namespace kindred::io
