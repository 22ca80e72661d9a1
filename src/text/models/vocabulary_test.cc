#include "text/models/vocabulary.h"

#include <gtest/gtest.h>

#include <set>

#include "text/models/hash.h"

namespace kindred::text {
namespace {

Vocabulary make(const std::vector<std::pair<std::string, std::uint32_t>>& entries,
                Repeated repeated = Repeated::replaces) {
  StringArena tokens;
  std::vector<std::uint32_t> ids;
  for (const auto& [token, id] : entries) {
    tokens.push_back(token);
    ids.push_back(id);
  }
  return {std::move(tokens), std::move(ids), repeated, "test"};
}

TEST(Vocabulary, FindsTokensAndIdsOfAThousandEntries) {
  std::vector<std::pair<std::string, std::uint32_t>> entries;
  for (std::uint32_t i = 0; i < 1000; ++i) entries.emplace_back("token" + std::to_string(i), i);
  const Vocabulary vocabulary = make(entries);
  EXPECT_EQ(vocabulary.size(), 1000U);
  for (const auto& [token, id] : entries) {
    EXPECT_EQ(vocabulary.find(token), id);
    EXPECT_EQ(vocabulary.token(id), token);
    EXPECT_EQ(vocabulary.entry_id(id), id);
  }
  EXPECT_EQ(vocabulary.find("token1000"), std::nullopt);
  EXPECT_EQ(vocabulary.find(""), std::nullopt);
  EXPECT_EQ(vocabulary.token(1000), "");
}

TEST(Vocabulary, AnEmptyOneHoldsNothing) {
  EXPECT_EQ(Vocabulary().find("a"), std::nullopt);
  EXPECT_EQ(Vocabulary().token(0), "");
  EXPECT_EQ(make({}).find("a"), std::nullopt);
}

TEST(Vocabulary, IdsMayHaveHolesAndAnyOrder) {
  const Vocabulary vocabulary = make({{"c", 4'000'000'000}, {"a", 7}, {std::string("\0b", 2), 3}});
  EXPECT_EQ(vocabulary.token(7), "a");
  EXPECT_EQ(vocabulary.token(3), std::string("\0b", 2));
  EXPECT_EQ(vocabulary.token(4'000'000'000), "c");
  EXPECT_EQ(vocabulary.token(4), "");
  EXPECT_EQ(vocabulary.find("c"), 4'000'000'000U);
  EXPECT_EQ(vocabulary.entry_token(0), std::string("\0b", 2));
  EXPECT_FALSE(vocabulary.has_shared_ids());
}

TEST(Vocabulary, ARepeatedKeyReplacesTheFirst) {
  const Vocabulary vocabulary = make({{"a", 0}, {"b", 1}, {"a", 2}});
  EXPECT_EQ(vocabulary.size(), 2U);
  EXPECT_EQ(vocabulary.find("a"), 2U);
  EXPECT_EQ(vocabulary.token(0), "");
  EXPECT_EQ(vocabulary.token(2), "a");
}

TEST(Vocabulary, ARepeatedPieceShadowsTheFirst) {
  const Vocabulary vocabulary = make({{"a", 0}, {"b", 1}, {"a", 2}}, Repeated::shadows);
  EXPECT_EQ(vocabulary.size(), 3U);
  EXPECT_EQ(vocabulary.find("a"), 2U);
  EXPECT_EQ(vocabulary.token(0), "a");
}

TEST(Vocabulary, KnowsSharedIds) {
  const Vocabulary vocabulary = make({{"a", 1}, {"b", 0}, {"c", 1}});
  EXPECT_TRUE(vocabulary.has_shared_ids());
  EXPECT_EQ(vocabulary.find("a"), 1U);
  EXPECT_EQ(vocabulary.find("c"), 1U);
}

TEST(HashBytes, DiffersForEveryLengthAndEveryByte) {
  std::set<std::uint64_t> hashes;
  std::string text(40, 'a');
  for (std::size_t n = 0; n <= text.size(); ++n)
    hashes.insert(hash_bytes(std::string_view(text).substr(0, n)));
  EXPECT_EQ(hashes.size(), 41U);
  for (std::size_t n = 1; n <= text.size(); ++n) {
    for (std::size_t i = 0; i < n; ++i) {
      std::string changed = text.substr(0, n);
      changed[i] = 'b';
      EXPECT_TRUE(hashes.insert(hash_bytes(changed)).second) << n << " " << i;
    }
  }
}

}  // namespace
}  // namespace kindred::text
