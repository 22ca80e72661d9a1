#include "text/added_tokens.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::text {
namespace {

// Finds `tokens` in a text and writes what it finds, "begin-end:id".
std::string found(std::vector<AddedToken> tokens, std::string_view text) {
  TokenFinder finder;
  for (const AddedToken& token : tokens) finder.add(token.content, &token);
  finder.finish("test");
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

TEST(TokenFinder, RefusesTwoTokensWithOneText) {
  const AddedToken first = token("a", 1);
  const AddedToken second = token("A", 2);
  TokenFinder finder;
  finder.add("a", &first);
  finder.add("a", &second);
  EXPECT_THROW(finder.finish("test"), Error);
}

}  // namespace
}  // namespace kindred::text
