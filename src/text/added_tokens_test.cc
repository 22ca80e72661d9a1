#include "text/added_tokens.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "kindred/error.h"
#include "kindred/tokenizer.h"

namespace kindred::text {
namespace {

// Finds `tokens` in a text and writes what it finds, "begin-end:id".
std::string found(std::vector<AddedToken> tokens, std::string_view text) {
  TokenFinder finder;
  for (const AddedToken& token : tokens) finder.add(token.content, &token);
  finder.finish();
  std::vector<FoundToken> list;
  finder.find(text, list);
  std::string out;
  for (const FoundToken& token : list) {
    out += std::to_string(token.begin) + "-" + std::to_string(token.end) + ":" +
           std::to_string(token.id) + " ";
  }
  return out;
}

AddedToken token(std::string content, std::uint32_t id) {
  AddedToken out;
  out.content = std::move(content);
  out.id = id;
  return out;
}

TEST(TokenFinder, TakesTheLeftmostThenLongest) {
  const std::vector<AddedToken> tokens = {token("ab", 1), token("abcd", 2), token("bc", 3),
                                          token("x", 4)};
  EXPECT_EQ(found(tokens, "abcd"), "0-4:2 ");
  EXPECT_EQ(found(tokens, "abc"), "0-2:1 ");
  EXPECT_EQ(found(tokens, "bcab"), "0-2:3 2-4:1 ");
  EXPECT_EQ(found(tokens, "xx"), "0-1:4 1-2:4 ");
  EXPECT_EQ(found(tokens, "none"), "");
  EXPECT_EQ(found(tokens, ""), "");
}

TEST(TokenFinder, HonoursFlags) {
  AddedToken word = token("day", 1);
  word.single_word = true;
  EXPECT_EQ(found({word}, "day today day-1"), "0-3:1 10-13:1 ");
  AddedToken strip = token("<x>", 2);
  strip.lstrip = strip.rstrip = true;
  EXPECT_EQ(found({strip}, "a  <x> \u3000<x>b"), "1-10:2 10-13:2 ");
}

TEST(TokenFinder, TakesTheLowerIdOfTwoTokensWithOneText) {
  const AddedToken first = token("a", 2);
  const AddedToken second = token("A", 1);
  TokenFinder finder;
  finder.add("a", &first);
  finder.add("a", &second);
  finder.finish();
  std::vector<FoundToken> list;
  finder.find("a", list);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, 1U);
}

TEST(TokenFinder, PartsATextByATokenOfNothing) {
  EXPECT_EQ(found({token("", 1), token("b", 2)}, "a\u4e2dbc"), "0-0:1 1-1:1 4-5:2 ");
  AddedToken strip = token("", 1);
  strip.lstrip = strip.rstrip = true;
  EXPECT_EQ(found({strip}, "a  b"), "0-0:1 1-3:1 3-3:1 3-3:1 ");
}

// tests/reference/make_added_token_goldens.py
TEST(AddedTokens, AreFoundAsByTheReference) {
  const auto goldens = nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/added_tokens.json"));
  ASSERT_GE(goldens.size(), 100U);
  for (const auto& golden : goldens) {
    const Tokenizer tokenizer = Tokenizer::from_json(golden["tokenizer"].dump(), "test");
    for (std::size_t i = 0; i < golden["texts"].size(); ++i) {
      const std::string text = golden["texts"][i];
      const Encoding encoding = tokenizer.encode(text);
      const std::string what = "'" + text + "' by " + golden["tokenizer"].dump();
      EXPECT_EQ(encoding.ids, golden["ids"][i].get<std::vector<std::uint32_t>>()) << what;
      for (std::size_t t = 0; t < encoding.ids.size(); ++t) {
        const CharSpan span{golden["offsets"][i][t][0], golden["offsets"][i][t][1]};
        EXPECT_EQ(encoding.offsets[t], span) << what;
      }
      PackedIds packed;
      const std::string_view view = text;
      tokenizer.encode_packed({&view, 1}, {}, packed);
      EXPECT_EQ(packed.ids, encoding.ids) << what;
    }
  }
}

}  // namespace
}  // namespace kindred::text
