#include "text/models/prefix_trie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

namespace kindred::text {
namespace {

using Keys = std::vector<std::pair<std::string_view, std::uint32_t>>;

// All (length, value) of keys that begin `text`.
std::vector<std::pair<std::size_t, std::uint32_t>> prefixes(const PrefixTrie& trie,
                                                            std::string_view text) {
  std::vector<std::pair<std::size_t, std::uint32_t>> found;
  PrefixTrie::Node node = trie.root();
  for (std::size_t i = 0; i < text.size() && trie.step(node, static_cast<unsigned char>(text[i]));
       ++i) {
    if (node.value != 0) found.emplace_back(i + 1, node.value);
  }
  return found;
}

TEST(PrefixTrie, AnEmptyOneLeadsNowhere) {
  const PrefixTrie trie;
  for (unsigned byte = 0; byte < 256; ++byte) {
    PrefixTrie::Node node = trie.root();
    EXPECT_FALSE(trie.step(node, static_cast<unsigned char>(byte)));
  }
}

TEST(PrefixTrie, FindsEveryPrefixShortestFirst) {
  using namespace std::string_view_literals;
  const PrefixTrie trie(
      Keys{{"abc", 1}, {"a", 2}, {"b\0c"sv, 3}, {"", 4}, {"\xff\xfe", 5}, {"abcd", 6}});
  EXPECT_THAT(prefixes(trie, "abcx"), ::testing::ElementsAre(std::pair(1, 2), std::pair(3, 1)));
  EXPECT_THAT(prefixes(trie, "b\0c"sv), ::testing::ElementsAre(std::pair(3, 3)));
  EXPECT_THAT(prefixes(trie, "\xff\xfe"), ::testing::ElementsAre(std::pair(2, 5)));
  EXPECT_THAT(prefixes(trie, "c"), ::testing::IsEmpty());
  EXPECT_EQ(trie.root().value, 4U);
}

TEST(PrefixTrie, OfEqualKeysTheHighestValueCounts) {
  const PrefixTrie trie(Keys{{"same", 3}, {"same", 9}, {"same", 5}});
  EXPECT_THAT(prefixes(trie, "same"), ::testing::ElementsAre(std::pair(4, 9)));
}

TEST(PrefixTrie, RefusesValuesOutOfRange) {
  EXPECT_THROW(PrefixTrie(Keys{{"a", 0}}), std::runtime_error);
  EXPECT_THROW(PrefixTrie(Keys{{"a", PrefixTrie::kMaxValue + 1}}), std::runtime_error);
}

// Many blocks, dense and sparse nodes, against a map.
TEST(PrefixTrie, AgreesWithAMapOnRandomKeys) {
  std::mt19937 random(7);
  std::map<std::string, std::uint32_t> map;
  for (std::uint32_t i = 1; i <= 20'000; ++i) {
    const unsigned alphabet = i % 3 == 0 ? 256 : i % 3 == 1 ? 4 : 30;
    std::string key(1 + random() % 9, '\0');
    for (char& c : key) c = static_cast<char>(random() % alphabet);
    map[key] = i;
  }
  Keys keys(map.begin(), map.end());
  std::shuffle(keys.begin(), keys.end(), random);
  const PrefixTrie trie(keys);
  std::vector<std::pair<std::size_t, std::uint32_t>> expected;
  for (const auto& [key, value] : map) {
    std::string text = key + static_cast<char>(random() % 256);
    text[random() % text.size()] = static_cast<char>(random() % 4);
    expected.clear();
    for (std::size_t n = 1; n <= text.size(); ++n) {
      if (const auto at = map.find(text.substr(0, n)); at != map.end())
        expected.emplace_back(n, at->second);
    }
    ASSERT_EQ(prefixes(trie, text), expected);
    ASSERT_EQ(prefixes(trie, key).back(), std::pair(key.size(), value));
  }
}

}  // namespace
}  // namespace kindred::text
