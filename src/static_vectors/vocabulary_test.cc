#include "static_vectors/vocabulary.h"

#include <gtest/gtest.h>

#include <string>

namespace kindred::static_vectors {
namespace {

TEST(Vocabulary, FindsWhatWasAdded) {
  Vocabulary v;
  EXPECT_FALSE(v.find("a"));
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(v.add("word " + std::to_string(i), 2), static_cast<std::uint32_t>(i));
  EXPECT_EQ(v.add("word 7"), 7U);
  EXPECT_EQ(v.count(7), 3U);
  EXPECT_EQ(v.total(), 200'001U);
  for (int i = 0; i < 100'000; ++i)
    ASSERT_EQ(v.find("word " + std::to_string(i)), static_cast<std::uint32_t>(i));
  EXPECT_FALSE(v.find("word 100000"));
  EXPECT_EQ(v.word(99'999), "word 99999");
}

TEST(Vocabulary, AnyBytesAreAWord) {
  Vocabulary v;
  const std::string zero("a\0b", 3), invalid("\xff\xfe"), tail("a\0", 2);
  EXPECT_EQ(v.add(""), 0U);
  EXPECT_EQ(v.add(zero), 1U);
  EXPECT_EQ(v.add(invalid), 2U);
  EXPECT_EQ(v.add("a"), 3U);
  EXPECT_EQ(v.add(tail), 4U);
  EXPECT_EQ(v.find(zero), 1U);
  EXPECT_EQ(v.find(""), 0U);
  EXPECT_EQ(v.word(4), tail);
}

TEST(Vocabulary, OrdersByCountAndThenByBytes) {
  Vocabulary v;
  v.add("one", 1);
  v.add("two", 5);
  v.add("three", 9);
  v.add("four", 5);
  const Vocabulary sorted = v.by_count(2);
  ASSERT_EQ(sorted.size(), 3U);
  EXPECT_EQ(sorted.word(0), "three");
  EXPECT_EQ(sorted.word(1), "four");
  EXPECT_EQ(sorted.word(2), "two");
  EXPECT_EQ(sorted.total(), 19U);
  EXPECT_FALSE(sorted.find("one"));
}

}  // namespace
}  // namespace kindred::static_vectors
