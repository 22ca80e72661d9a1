#include "text/pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "kindred/error.h"
#include "text/code_points.h"
#include "text/scanners.h"

namespace kindred::text {
namespace {

std::vector<std::string> pieces(const Pattern& pattern, std::string_view text) {
  std::vector<Match> matches;
  pattern.find(text, matches);
  std::vector<std::string> out;
  std::uint32_t last = 0;
  for (const Match& match : matches) {
    EXPECT_EQ(match.begin, last);
    last = match.end;
    out.push_back((match.is_match ? "+" : "-") +
                  std::string(text.substr(match.begin, match.end - match.begin)));
  }
  EXPECT_EQ(last, text.size());
  return out;
}

using List = std::vector<std::string>;

TEST(Pattern, FindsLiterals) {
  const auto dash = Pattern::literal("-");
  EXPECT_EQ(pieces(*dash, "a-b--"), (List{"-a", "+-", "-b", "+-", "+-"}));
  EXPECT_EQ(pieces(*dash, ""), List{});
  EXPECT_EQ(pieces(*Pattern::literal(""), "ab"), (List{"+", "-a", "+", "-b", "+"}));
}

TEST(Pattern, FindsExpressions) {
  const auto find = [](const char* expression, std::string_view text) {
    return pieces(*Pattern::regex(expression, "test"), text);
  };
  EXPECT_EQ(find(R"(\d+)", "a12b"), (List{"-a", "+12", "-b"}));
  EXPECT_EQ(find("a*", "baac"), (List{"+", "-b", "+aa", "-c", "+"}));
  EXPECT_EQ(find(R"(\h+)", "xyz1fG"), (List{"-xyz", "+1f", "-G"}));
  EXPECT_EQ(find(R"([^\p{L}]+)", "日本12"), (List{"-日本", "+12"}));
  EXPECT_EQ(find("^b", "a\nb"), (List{"-a\n", "+b"}));
  EXPECT_EQ(find("(?m:a.b)", "a\nb"), (List{"+a\nb"}));
  EXPECT_EQ(find("x{,2}y", "xxxy"), (List{"-x", "+xxy"}));
  EXPECT_EQ(find("a{x}", "a{x}"), (List{"+a{x}"}));
}

TEST(Pattern, RefusesByName) {
  for (const char* expression :
       {R"((a)\1)", R"(\Gx)", "(?(1)a)", "(?x: a)", "a**)", "[a", R"(\p{Nonsense})", "*a", "(a",
        R"(\c)", R"([[:nonsense:]])", "[z-a]", R"(\x{110000})", "(?<=a+)b"}) {
    try {
      Pattern::regex(expression, "here");
      ADD_FAILURE() << expression << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported) << expression;
      EXPECT_TRUE(std::string_view(error.what()).starts_with("here")) << error.what();
    }
  }
}

// The scanners against the general engine, which a group around the expression makes take over.
TEST(Pattern, ScannersEqualTheirExpressions) {
  const std::string qwen =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const std::string cl100k =
      R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
  std::vector<std::u32string> parts = {U" ",   U"  ", U"\n", U"\r\n", U"\t",     U"'s",
                                       U"'LL", U"'ſ", U"'",  U"a",    U"é",      U"中",
                                       U"1",   U"½",  U"-",  U"…",    U"\u3000", U"\u0301"};
  std::mt19937 random(1);
  for (const std::string& expression : {std::string(kGpt2Expression), qwen, cl100k}) {
    const auto scanner = make_scanner(expression);
    ASSERT_NE(scanner, nullptr);
    const auto general = Pattern::regex("(?:" + expression + ")", "test");
    for (int i = 0; i < 3000; ++i) {
      std::string text;
      for (unsigned n = random() % 12; n > 0; --n)
        for (char32_t c : parts[random() % parts.size()]) append(text, c);
      ASSERT_EQ(pieces(*scanner, text), pieces(*general, text)) << text;
    }
  }
  EXPECT_EQ(make_scanner("a different one"), nullptr);
}

TEST(Pattern, TakesLongTexts) {
  const auto words = Pattern::regex(R"((?:\p{L}|\p{M})+|\s+)", "test");
  const std::string text(200'000, 'x');
  EXPECT_EQ(pieces(*words, text).size(), 1U);
}

}  // namespace
}  // namespace kindred::text
