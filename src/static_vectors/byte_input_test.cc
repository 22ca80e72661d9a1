#include "static_vectors/byte_input.h"

#include <gtest/gtest.h>

#include <numeric>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::static_vectors {
namespace {

std::string some_floats(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return {reinterpret_cast<const char*>(values.data()), count * sizeof(float)};
}

TEST(ByteInput, ReadsRowsAndThenTheEnd) {
  const std::string bytes = some_floats(600'000);
  ByteInput input(bytes, "input");
  const std::vector<float> rows = input.rows<float>(200'000, 3);
  EXPECT_EQ(rows.size(), 600'000U);
  EXPECT_EQ(rows.back(), 599'999.0F);
  EXPECT_TRUE(input.at_end());
  EXPECT_KINDRED_ERROR(input.number<int>(), ErrorKind::corrupt, "input ends before");
}

TEST(ByteInput, PutsRowsWhereTheyBelong) {
  const std::string bytes = some_floats(10);
  ByteInput input(bytes, "input");
  const std::vector<std::uint32_t> places = {0, 9, 1};
  EXPECT_EQ(input.rows<float>(5, 2, &places, 2), (std::vector<float>{0, 1, 4, 5, 6, 7, 8, 9}));
}

TEST(ByteInput, RefusesMoreRowsThanThereAre) {
  const std::string bytes = some_floats(10);
  ByteInput input(bytes, "input");
  EXPECT_KINDRED_ERROR(input.rows<float>(std::uint64_t{1} << 40, 2), ErrorKind::corrupt, "40");
  EXPECT_THROW(input.rows<float>(~std::uint64_t{0} / 2, 8), Error);
  const std::vector<std::uint32_t> places = {0, 1};
  EXPECT_THROW(input.rows<float>(std::uint64_t{1} << 31, 2, &places, 2), Error);
}

TEST(ByteInput, FindsTheEndOfAWord) {
  const io::TempDirectory temp;
  ByteInput input(temp.write("words", std::string("one\0two", 7)));
  EXPECT_EQ(input.until('\0', 3), "one");
  EXPECT_EQ(*input.left(), 3U);
  EXPECT_KINDRED_ERROR(input.until('\0', 2), ErrorKind::corrupt, "more than 2 bytes");
  EXPECT_KINDRED_ERROR(input.until('\0', 9), ErrorKind::corrupt, "ends before");
  EXPECT_KINDRED_ERROR(ByteInput(temp.path()), ErrorKind::bad_input, "directory");
  EXPECT_KINDRED_ERROR(ByteInput(temp.file("none")), ErrorKind::not_found, "none");
}

}  // namespace
}  // namespace kindred::static_vectors
