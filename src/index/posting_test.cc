#include "index/posting.h"

#include <gtest/gtest.h>
#include <roaring/roaring.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace kindred::index {
namespace {

std::span<const std::byte> bytes_of(const std::string& posting) {
  return std::as_bytes(std::span(posting));
}

// Rows in runs, sparse and dense, so that every kind of container comes up.
std::vector<std::uint32_t> draw_rows(std::size_t rows, Random& random) {
  std::vector<std::uint32_t> drawn;
  std::size_t row = 0;
  while (row < rows) {
    const std::size_t stretch = 1 + random.below(90000);
    const std::uint64_t kind = random.below(4);
    for (const std::size_t end = std::min(rows, row + stretch); row < end; ++row) {
      const bool in = kind == 0   ? false
                      : kind == 1 ? true
                      : kind == 2 ? random.below(2) == 0
                                  : random.below(500) == 0;
      if (in) drawn.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return drawn;
}

TEST(Posting, ReadsWhatCRoaringWrites) {
  Random random(5);
  for (const std::size_t rows : {1, 100, 65536, 65537, 300000, 500001}) {
    for (int repeat = 0; repeat < 8; ++repeat) {
      const auto drawn = draw_rows(rows, random);
      const std::string posting = encode_posting(drawn);
      RowSet expected(rows);
      for (const std::uint32_t row : drawn) expected.insert(row);
      RowSet read(rows);
      ASSERT_TRUE(add_posting(bytes_of(posting), read));
      EXPECT_EQ(read, expected);
      RowSet odd(rows);
      std::uint64_t in_odd = 0;
      for (std::size_t row = 1; row < rows; row += 2) odd.insert(row);
      for (const std::uint32_t row : drawn) in_odd += row % 2;
      EXPECT_EQ(count_posting(bytes_of(posting), odd), in_odd);
      // CRoaring reads it back too.
      roaring_bitmap_t* bitmap =
          roaring_bitmap_portable_deserialize_safe(posting.data(), posting.size());
      ASSERT_NE(bitmap, nullptr);
      EXPECT_EQ(roaring_bitmap_get_cardinality(bitmap), drawn.size());
      roaring_bitmap_free(bitmap);
    }
  }
}

TEST(Posting, RefusesRowsThatTheSetDoesNotHave) {
  Random random(6);
  for (int repeat = 0; repeat < 20; ++repeat) {
    auto drawn = draw_rows(200000, random);
    if (drawn.empty()) continue;
    const std::string posting = encode_posting(drawn);
    RowSet small(drawn.back());
    EXPECT_FALSE(add_posting(bytes_of(posting), small));
    EXPECT_FALSE(count_posting(bytes_of(posting), small));
  }
}

TEST(Posting, NeitherTruncatedNorChangedBytesReachOutside) {
  Random random(8);
  const std::string posting = encode_posting(draw_rows(200000, random));
  RowSet rows(200000);
  for (std::size_t size = 0; size < posting.size(); size += 1 + size / 50) {
    EXPECT_FALSE(add_posting(bytes_of(posting).first(size), rows));
  }
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::string changed = posting;
    changed[random.below(repeat % 2 == 0 ? 64 : changed.size())] ^=
        static_cast<char>(1 + random.below(255));
    add_posting(bytes_of(changed), rows);  // whatever it says, in bounds (address sanitizer)
    count_posting(bytes_of(changed), rows);
  }
}

}  // namespace
}  // namespace kindred::index
