#include "static_vectors/huffman.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

TEST(HuffmanTree, PathsOfASmallTree) {
  // 1 and 2 make node 0 (3), which with 4 makes node 1 (7), which with 8 makes the root, node 2.
  const HuffmanTree tree(std::vector<std::uint64_t>{8, 4, 2, 1});
  EXPECT_EQ(std::vector<std::uint32_t>(tree.path(0).begin(), tree.path(0).end()),
            (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(std::vector<std::uint32_t>(tree.path(3).begin(), tree.path(3).end()),
            (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(tree.code(3)[0], 0);  // the rarest is taken first
  EXPECT_EQ(tree.code(2)[0], 1);
  EXPECT_EQ(tree.longest(), 3U);
}

TEST(HuffmanTree, IsAPrefixCode) {
  std::vector<std::uint64_t> counts;
  for (std::uint64_t i = 0; i < 1000; ++i) counts.push_back(100'000 / (i + 1));
  const HuffmanTree tree(counts);
  double kraft = 0.0;
  for (std::uint32_t word = 0; word < 1000; ++word) {
    kraft += std::pow(0.5, static_cast<double>(tree.path(word).size()));
    ASSERT_EQ(tree.path(word).back(), 998U);
    ASSERT_EQ(tree.path(word).size(), tree.code(word).size());
    if (word > 0) {
      ASSERT_GE(tree.path(word).size(), tree.path(word - 1).size());
    }
  }
  EXPECT_DOUBLE_EQ(kraft, 1.0);
}

TEST(HuffmanTree, RefusesOneWord) {
  EXPECT_THROW(HuffmanTree(std::vector<std::uint64_t>{3}), Error);
}

}  // namespace
}  // namespace kindred::static_vectors
