#include "index/merge_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kindred::index {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::size_t> choose(const std::vector<SegmentSize>& sizes) {
  return choose_merge(sizes);
}

TEST(MergePolicy, MergesFourOfASizeAndRewritesWhatIsMostlyDeleted) {
  EXPECT_THAT(choose({}), IsEmpty());
  EXPECT_THAT(choose({{100, 100}}), IsEmpty());
  EXPECT_THAT(choose({{100, 100}, {3000, 3000}, {5, 5}}), IsEmpty());
  EXPECT_THAT(choose({{100, 100}, {1'000'000, 1'000'000}, {300, 300}, {5, 5}, {9, 9}}),
              ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(choose({{1'000'000, 600'000}}), ElementsAre(0));
  EXPECT_THAT(choose({{1'000'000, 700'000}}), IsEmpty());
  EXPECT_THAT(choose({{50, 50}, {10, 0}}), ElementsAre(1));
}

// However many memtables come, there are few segments, and a row is rewritten a logarithm of times.
TEST(MergePolicy, KeepsSegmentsFewAndRewritesFewer) {
  std::vector<SegmentSize> segments;
  std::uint64_t written = 0;
  constexpr std::uint64_t kFlushes = 2000, kRows = 50'000;
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < kFlushes; ++i) {
    segments.push_back({kRows, kRows});
    for (;;) {
      const auto chosen = choose_merge(segments);
      if (chosen.empty()) break;
      std::uint64_t rows = 0;
      for (auto it = chosen.rbegin(); it != chosen.rend(); ++it) {
        rows += segments[*it].live;
        segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(*it));
      }
      segments.push_back({rows, rows});
      written += rows;
    }
    most = std::max(most, segments.size());
  }
  EXPECT_LE(most, 24U);
  EXPECT_LE(written, 7 * kFlushes * kRows);
}

}  // namespace
}  // namespace kindred::index
