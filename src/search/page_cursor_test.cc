#include "search/page_cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::search {
namespace {

TEST(PageCursor, HoldsTheKeysAscending) {
  const std::vector<std::uint64_t> keys = {~std::uint64_t{0}, 5, 0, 128, 1ULL << 40};
  EXPECT_THAT(decode_cursor(encode_cursor(7, keys), 7),
              testing::ElementsAre(0, 5, 128, 1ULL << 40, ~std::uint64_t{0}));
  EXPECT_THAT(decode_cursor(encode_cursor(7, {}), 7), testing::IsEmpty());
}

TEST(PageCursor, RefusesWhatItDidNotWrite) {
  const std::string cursor = encode_cursor(7, {1, 300});
  EXPECT_KINDRED_ERROR(decode_cursor(cursor, 8), ErrorKind::bad_input, "another request");
  EXPECT_KINDRED_ERROR(decode_cursor("zz", 7), ErrorKind::bad_input, "cursor");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_KINDRED_ERROR(decode_cursor(changed, 7), ErrorKind::bad_input, "cursor");
    EXPECT_KINDRED_ERROR(decode_cursor(cursor.substr(0, i), 7), ErrorKind::bad_input, "cursor");
  }
}

}  // namespace
}  // namespace kindred::search
