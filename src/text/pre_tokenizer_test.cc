#include "text/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::text {
namespace {

using List = std::vector<std::string>;

// The pieces by both paths, which must agree.
List pieces(const char* json, std::string_view text) {
  const nlohmann::json parsed = nlohmann::json::parse(json);
  const auto pre_tokenizer = make_pre_tokenizer({parsed, "test"});
  AlignedPieces aligned;
  aligned.push_back({AlignedText(text), std::nullopt});
  pre_tokenizer->apply(aligned);
  PlainPieces plain;
  plain.text = text;
  plain.pieces.push_back({0, static_cast<std::uint32_t>(text.size())});
  pre_tokenizer->apply(plain);
  List slow;
  List fast;
  for (const AlignedPiece& piece : aligned) slow.emplace_back(piece.text.text());
  for (const PlainPiece& piece : plain.pieces) fast.emplace_back(plain.view(piece));
  EXPECT_EQ(slow, fast);
  return fast;
}

TEST(PreTokenizer, Cuts) {
  EXPECT_EQ(pieces(R"({"type":"BertPreTokenizer"})", "a, b.\u3000c"),
            (List{"a", ",", "b", ".", "c"}));
  EXPECT_EQ(pieces(R"({"type":"Whitespace"})", "a,!b c"), (List{"a", ",!", "b", "c"}));
  EXPECT_EQ(pieces(R"({"type":"Digits","individual_digits":false})", "a12b"),
            (List{"a", "12", "b"}));
  EXPECT_EQ(pieces(R"({"type":"Digits","individual_digits":true})", "a12"), (List{"a", "1", "2"}));
  EXPECT_EQ(pieces(R"({"type":"UnicodeScripts"})", " ab яв"), (List{"ab ", "яв"}));
  EXPECT_EQ(pieces(R"({"type":"FixedLength","length":2})", "日本語"), (List{"日本", "語"}));
}

TEST(PreTokenizer, SplitsByBehavior) {
  const auto split = [](const char* behavior) {
    const std::string json =
        std::string(R"({"type":"Split","pattern":{"String":"-"},"invert":false,"behavior":")") +
        behavior + "\"}";
    return pieces(json.c_str(), "a-b--c");
  };
  EXPECT_EQ(split("Removed"), (List{"a", "b", "c"}));
  EXPECT_EQ(split("Isolated"), (List{"a", "-", "b", "-", "-", "c"}));
  EXPECT_EQ(split("MergedWithPrevious"), (List{"a-", "b-", "-", "c"}));
  EXPECT_EQ(split("MergedWithNext"), (List{"a", "-b", "-", "-c"}));
  EXPECT_EQ(split("Contiguous"), (List{"a", "-", "b", "--", "c"}));
}

TEST(PreTokenizer, Rewrites) {
  EXPECT_EQ(pieces(R"({"type":"ByteLevel","add_prefix_space":true})", "é a"), (List{"ĠÃ©", "Ġa"}));
  EXPECT_EQ(pieces(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"always"})", "a  b"),
            (List{"▁a", "▁", "▁b"}));
  EXPECT_EQ(
      pieces(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false})",
             "a b"),
      (List{"a▁b"}));
}

TEST(PreTokenizer, RefusesByName) {
  const auto kind = [](const char* json) {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    try {
      make_pre_tokenizer({parsed, "test"});
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::internal;
  };
  EXPECT_EQ(kind(R"({"type":"Jieba"})"), ErrorKind::unsupported);
  EXPECT_EQ(kind(R"({"type":"FixedLength","length":0})"), ErrorKind::corrupt);
  EXPECT_EQ(kind(R"({"type":"Metaspace","replacement":"ab"})"), ErrorKind::corrupt);
  EXPECT_EQ(kind(R"({"type":"Metaspace","replacement":"▁","add_prefix_space":false})"),
            ErrorKind::corrupt);
  EXPECT_EQ(kind(R"({"type":"Split","pattern":{"String":"a"},"behavior":"Shred","invert":false})"),
            ErrorKind::unsupported);
}

}  // namespace
}  // namespace kindred::text
