#include "text/truncation.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::text {
namespace {

std::vector<std::size_t> lengths(std::vector<std::size_t> sizes, Truncation truncation) {
  std::vector<Segment> texts(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) texts[i].encoding.ids.resize(sizes[i]);
  truncate(texts, truncation);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = texts[i].encoding.ids.size();
  return sizes;
}

using Sizes = std::vector<std::size_t>;

TEST(Truncation, CutsTheLongerFirst) {
  EXPECT_EQ(lengths({5}, {3}), (Sizes{3}));
  EXPECT_EQ(lengths({5}, {5}), (Sizes{5}));
  EXPECT_EQ(lengths({2, 9}, {8}), (Sizes{2, 6}));
  EXPECT_EQ(lengths({9, 2}, {8}), (Sizes{6, 2}));
  EXPECT_EQ(lengths({9, 9}, {7}), (Sizes{3, 4}));
  EXPECT_EQ(lengths({9, 8}, {0}), (Sizes{0, 0}));
}

TEST(Truncation, CutsOneTextOnly) {
  EXPECT_EQ(lengths({9, 4}, {8, TruncationStrategy::only_first}), (Sizes{4, 4}));
  EXPECT_EQ(lengths({4, 9}, {8, TruncationStrategy::only_second}), (Sizes{4, 4}));
  EXPECT_THROW(lengths({2, 9}, {8, TruncationStrategy::only_first}), Error);
  EXPECT_THROW(lengths({9}, {8, TruncationStrategy::only_second}), Error);
}

TEST(Truncation, CutsAtEitherSide) {
  std::vector<Segment> texts(1);
  texts[0].encoding.ids = {1, 2, 3};
  EXPECT_TRUE(truncate(texts, {2, TruncationStrategy::longest_first, TruncationSide::left}));
  EXPECT_EQ(texts[0].encoding.ids, (std::vector<std::uint32_t>{2, 3}));
  EXPECT_FALSE(truncate(texts, {2}));
}

}  // namespace
}  // namespace kindred::text
