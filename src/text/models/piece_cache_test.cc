#include "text/models/piece_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace kindred::text {
namespace {

std::vector<std::uint32_t> ids_of(std::uint32_t i) {
  return {i, i * 3, i + 1};
}

void insert(PieceCache& cache, std::string_view piece, std::span<const std::uint32_t> ids) {
  cache.insert(piece, PieceCache::hash(piece), ids);
}
bool find(PieceCache& cache, std::string_view piece, std::vector<std::uint32_t>& out) {
  return cache.find(piece, PieceCache::hash(piece), out);
}

TEST(PieceCache, AppendsWhatItKept) {
  PieceCache cache;
  std::vector<std::uint32_t> out{9};
  EXPECT_FALSE(find(cache, "word", out));
  insert(cache, "word", ids_of(5));
  insert(cache, "", std::vector<std::uint32_t>{});
  EXPECT_TRUE(find(cache, "word", out));
  EXPECT_THAT(out, ::testing::ElementsAre(9, 5, 15, 6));
  EXPECT_TRUE(find(cache, "", out));
  EXPECT_EQ(out.size(), 4U);
  EXPECT_FALSE(find(cache, "worD", out));
}

TEST(PieceCache, LetsLongPiecesAndResultsGo) {
  PieceCache cache;
  std::vector<std::uint32_t> out;
  const std::string piece(PieceCache::kMaxPiece + 1, 'a');
  insert(cache, piece, ids_of(1));
  EXPECT_FALSE(find(cache, piece, out));
  insert(cache, "b", std::vector<std::uint32_t>(PieceCache::kMaxIds + 1, 7));
  EXPECT_FALSE(find(cache, "b", out));
}

TEST(PieceCache, StaysRightWhenFullManyTimes) {
  PieceCache cache;
  std::vector<std::uint32_t> out;
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const std::string piece = "piece " + std::to_string(i % 150'000);
    out.clear();
    if (find(cache, piece, out)) {
      ++kept;
      ASSERT_EQ(out, ids_of(i % 150'000));
    } else {
      insert(cache, piece, ids_of(i % 150'000));
      ASSERT_TRUE(find(cache, piece, out));
    }
  }
  EXPECT_LT(kept, 300'000U);
}

TEST(PieceCache, EveryOwnerAndThreadHasItsOwn) {
  const std::uint64_t first = PieceCache::new_owner();
  const std::uint64_t second = PieceCache::new_owner();
  insert(PieceCache::of_thread(first), "word", ids_of(1));
  insert(PieceCache::of_thread(second), "word", ids_of(2));
  std::vector<std::uint32_t> out;
  EXPECT_TRUE(find(PieceCache::of_thread(first), "word", out));
  EXPECT_EQ(out, ids_of(1));
  std::thread([first] {
    std::vector<std::uint32_t> none;
    EXPECT_FALSE(find(PieceCache::of_thread(first), "word", none));
  }).join();
  // More owners than a thread keeps caches for: the longest unused starts empty again.
  for (int i = 0; i < 4; ++i) PieceCache::of_thread(PieceCache::new_owner());
  EXPECT_FALSE(find(PieceCache::of_thread(first), "word", out));
}

}  // namespace
}  // namespace kindred::text
