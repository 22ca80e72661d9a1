#include "static_vectors/window.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kindred::static_vectors {
namespace {

const std::vector<std::uint32_t> kAll(100, 0xFFFFFFFFU);

TEST(Windows, EndWithTheSentence) {
  Random random(1);
  Windows w;
  fill_windows(std::vector<std::uint32_t>{4, 5, 6, kSentenceEnd, 7, 8, kSentenceEnd}, kAll,
               {2, false, false}, random, w);
  EXPECT_EQ(w.words, (std::vector<std::uint32_t>{4, 5, 6, 7, 8}));
  EXPECT_EQ(w.first, (std::vector<std::uint32_t>{0, 0, 0, 3, 3}));
  EXPECT_EQ(w.last, (std::vector<std::uint32_t>{3, 3, 3, 5, 5}));
}

TEST(Windows, DynamicOnesAreEvenlyDrawn) {
  Random random(2);
  Windows w;
  const std::vector<std::uint32_t> tokens(9000, 1);
  fill_windows(tokens, kAll, {3, true, false}, random, w);
  std::size_t drawn[4] = {};
  for (std::size_t at = 10; at + 10 < w.size(); ++at) {
    ASSERT_EQ(at - w.first[at], w.last[at] - 1 - at);
    ++drawn[at - w.first[at]];
  }
  for (std::size_t r = 1; r <= 3; ++r) EXPECT_NEAR(static_cast<double>(drawn[r]), 2993.0, 200.0);
}

TEST(Windows, SubSamplingKeepsAsManyAsItSays) {
  // f = 0.9 and 0.1, t = 0.01: sqrt(t / f) + t / f.
  const std::vector<std::uint32_t> keep = keep_chances(std::vector<std::uint64_t>{90, 10}, 0.01);
  EXPECT_NEAR(keep[0] / 4294967295.0, 0.1054 + 0.0111, 1e-3);
  EXPECT_NEAR(keep[1] / 4294967295.0, 0.3162 + 0.1, 1e-3);
  Random random(3);
  Windows w;
  fill_windows(std::vector<std::uint32_t>(20'000, 1), keep, {5, true, false}, random, w);
  EXPECT_NEAR(static_cast<double>(w.size()), 20'000 * 0.4162, 300.0);
}

TEST(Windows, RareWordsAreAlwaysKept) {
  const auto keep = keep_chances(std::vector<std::uint64_t>{1'000'000, 1}, 1e-3);
  EXPECT_EQ(keep[1], 0xFFFFFFFFU);
  EXPECT_EQ(keep_chances(std::vector<std::uint64_t>{5, 1}, 0.0)[0], 0xFFFFFFFFU);
}

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// Input and context word of each pair.
Pairs pairs_of(const Windows& w, std::size_t begin, std::size_t count) {
  Batch b;
  fill_batch(w, begin, count, b);
  Pairs by_input, by_slot;
  for (std::size_t i = 0; i < b.inputs(); ++i)
    for (std::uint32_t p = b.pair_begin[i]; p < b.pair_begin[i + 1]; ++p) {
      EXPECT_EQ(b.pair_input[p], i);
      by_input.emplace_back(w.words[b.begin + i], b.slot_word[b.pair_slot[p]]);
    }
  for (std::size_t s = 0; s < b.slots(); ++s)
    for (std::uint32_t e = b.slot_begin[s]; e < b.slot_begin[s + 1]; ++e) {
      EXPECT_EQ(b.pair_slot[b.slot_pair[e]], s);
      by_slot.emplace_back(w.words[b.begin + b.pair_input[b.slot_pair[e]]], b.slot_word[s]);
    }
  std::sort(by_slot.begin(), by_slot.end());
  Pairs sorted = by_input;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(by_slot, sorted);
  return by_input;
}

TEST(Batch, HasEachPairOnceHoweverItIsCut) {
  Random random(4);
  Windows w;
  fill_windows(std::vector<std::uint32_t>{1, 2, 3, 4, 5, kSentenceEnd, 6, kSentenceEnd, 7, 8}, kAll,
               {2, false, false}, random, w);
  const Pairs whole = pairs_of(w, 0, 100);
  EXPECT_EQ(whole, (Pairs{{1, 2},
                          {1, 3},
                          {2, 1},
                          {2, 3},
                          {2, 4},
                          {3, 1},
                          {3, 2},
                          {3, 4},
                          {3, 5},
                          {4, 2},
                          {4, 3},
                          {4, 5},
                          {5, 3},
                          {5, 4},
                          {7, 8},
                          {8, 7}}));
  Pairs parts;
  for (std::size_t begin = 0; begin < w.size(); begin += 3)
    for (const auto& pair : pairs_of(w, begin, 3)) parts.push_back(pair);
  EXPECT_EQ(parts, whole);
}

TEST(Batch, AGoalIsNearEveryWordOfItsSentence) {
  Random random(5);
  Windows w;
  fill_windows(std::vector<std::uint32_t>{1, 2, 3, 4, kSentenceEnd, 5, 6, 7, kSentenceEnd}, kAll,
               {1, false, true}, random, w);
  EXPECT_EQ(pairs_of(w, 0, 100), (Pairs{{1, 2},
                                        {1, 4},
                                        {2, 1},
                                        {2, 3},
                                        {2, 4},
                                        {3, 2},
                                        {3, 4},
                                        {4, 3},
                                        {5, 6},
                                        {5, 7},
                                        {6, 5},
                                        {6, 7},
                                        {7, 6}}));
}

}  // namespace
}  // namespace kindred::static_vectors
