#include "text/models/bpe_merges.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace kindred::text {
namespace {

using Pairs = std::map<std::pair<std::uint32_t, std::uint32_t>, Merge>;

// The definition, word by word: look at all pairs, merge the first of the lowest rank, start again.
std::vector<Symbol> merge_naively(const Pairs& pairs, std::vector<Symbol> symbols) {
  while (true) {
    std::size_t best = symbols.size();
    Merge merge;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto at = pairs.find({symbols[i].id, symbols[i + 1].id});
      if (at == pairs.end() || at->second.rank >= merge.rank) continue;
      best = i;
      merge = at->second;
    }
    if (best == symbols.size()) return symbols;
    symbols[best] = {merge.id, symbols[best].bytes + symbols[best + 1].bytes};
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(MergeTable, ALaterMergeOfAPairReplacesTheFirst) {
  MergeTable table(2);
  table.insert(1, 2, {0, 7});
  table.insert(1, 2, {1, 8});
  EXPECT_EQ(table.find(1, 2).id, 8U);
  EXPECT_EQ(table.find(2, 1).rank, Merge::kNever);
  EXPECT_EQ(MergeTable().find(0, 0).rank, Merge::kNever);
}

TEST(Merger, BothWaysDoWhatTheDefinitionSays) {
  std::mt19937 random(3);
  Merger merger;
  for (int round = 0; round < 300; ++round) {
    Pairs pairs;
    const std::uint32_t first = 2 + random() % 4;
    std::uint32_t next = first;
    for (std::uint32_t rank = 0; rank < 30; ++rank) {
      if (pairs.try_emplace({random() % next, random() % next}, Merge{rank, next}).second) ++next;
    }
    MergeTable table(pairs.size());
    for (const auto& [pair, merge] : pairs) table.insert(pair.first, pair.second, merge);
    for (int word = 0; word < 20; ++word) {
      std::vector<Symbol> symbols(random() % 120);
      for (Symbol& symbol : symbols) symbol = {static_cast<std::uint32_t>(random() % first), 1};
      const std::vector<Symbol> expected = merge_naively(pairs, symbols);
      for (bool by_heap : {false, true}) {
        std::vector<Symbol> merged = symbols;
        merger.run(table, by_heap, merged);
        ASSERT_EQ(merged.size(), expected.size());
        for (std::size_t i = 0; i < merged.size(); ++i) {
          ASSERT_EQ(merged[i].id, expected[i].id);
          ASSERT_EQ(merged[i].bytes, expected[i].bytes);
        }
      }
    }
  }
}

TEST(Merger, AMillionSymbolsAreNoProblem) {
  MergeTable table(20);
  for (std::uint32_t i = 0; i < 20; ++i) table.insert(i, i, {i, i + 1});
  std::vector<Symbol> symbols(1U << 20, Symbol{0, 1});
  Merger().run(table, false, symbols);
  ASSERT_EQ(symbols.size(), 1U);
  EXPECT_EQ(symbols[0].id, 20U);
  EXPECT_EQ(symbols[0].bytes, 1U << 20);
}

}  // namespace
}  // namespace kindred::text
