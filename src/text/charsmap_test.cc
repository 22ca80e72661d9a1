#include "text/charsmap.h"

#include <gtest/gtest.h>

#include <cstring>

#include "kindred/error.h"

namespace kindred::text {
namespace {

// A trie of the keys "a" → "X" and "ab" → "": units at fixed places, made by hand.
std::string small_map() {
  std::vector<std::uint32_t> units(1024);
  const auto link = [&units](std::uint32_t from, std::uint32_t base, bool value) {
    units[from] |= (from ^ base) << 10 | (value ? 1U << 8 : 0);
  };
  link(0, 256, false);
  units[256 ^ 'a'] = 'a';
  link(256 ^ 'a', 512, true);
  units[512] = 1U << 31 | 0;
  units[512 ^ 'b'] = 'b';
  link(512 ^ 'b', 768, true);
  units[768] = 1U << 31 | 2;
  std::string blob(4 + units.size() * 4, '\0');
  const auto bytes = static_cast<std::uint32_t>(units.size() * 4);
  std::memcpy(blob.data(), &bytes, 4);
  std::memcpy(blob.data() + 4, units.data(), bytes);
  return blob + std::string("X\0\0", 3);
}

TEST(Charsmap, TakesTheShortestKey) {
  const Charsmap map(small_map(), "test");
  EXPECT_EQ(map.replacement("a"), "X");
  EXPECT_EQ(map.replacement("ab"), "X");
  EXPECT_EQ(map.replacement("b"), std::nullopt);
  EXPECT_EQ(map.replacement(""), std::nullopt);
  EXPECT_FALSE(map.keeps('a'));
  EXPECT_TRUE(map.keeps('b'));
}

TEST(Charsmap, RefusesWhatIsNoMap) {
  EXPECT_THROW(Charsmap("", "test"), Error);
  EXPECT_THROW(Charsmap(std::string("\xff\xff\xff\x7f"
                                    "abcd",
                                    8),
                        "test"),
               Error);
  EXPECT_THROW(Charsmap(std::string("\0\0\0\0abcd", 8), "test"), Error);
}

TEST(Charsmap, SurvivesOffsetsOutside) {
  std::string blob = small_map();
  std::memset(blob.data() + 4, 0xff, 4096);
  const Charsmap map(blob, "test");
  for (const char* text : {"a", "ab", "\xff", "zzzz"}) map.replacement(text);
}

}  // namespace
}  // namespace kindred::text
