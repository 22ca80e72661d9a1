#include "text/normalizer.h"

#include <gtest/gtest.h>

#include "kindred/error.h"

namespace kindred::text {
namespace {

// The text by both paths, which must agree.
std::string normalized(const char* json, std::string_view text) {
  const nlohmann::json parsed = nlohmann::json::parse(json);
  const auto normalizer = make_normalizer({parsed, "test"});
  AlignedText aligned(text);
  normalizer->apply(aligned);
  PlainText plain;
  plain.assign(text);
  normalizer->apply(plain);
  EXPECT_EQ(aligned.text(), plain.text());
  return std::string(plain.text());
}

TEST(Normalizer, CleansAsBertDoes) {
  const char* bert = R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
                         "strip_accents":null,"lowercase":true})";
  EXPECT_EQ(normalized(bert, "HÉLLO\tw\u200börld"), "hello world");
  EXPECT_EQ(normalized(bert, "中a"), " 中 a");
  EXPECT_EQ(normalized(bert, "İ각"), "i\u1100\u1161\u11a8");
  const std::string long_text(1000, 'A');
  EXPECT_EQ(normalized(bert, long_text), std::string(1000, 'a'));
}

TEST(Normalizer, ReplacesAndPrepends) {
  EXPECT_EQ(normalized(R"({"type":"Replace","pattern":{"String":" "},"content":"▁"})", "a b "),
            "a▁b▁");
  EXPECT_EQ(normalized(R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})", "a   b "),
            "a b ");
  EXPECT_EQ(normalized(R"({"type":"Prepend","prepend":"▁"})", "a"), "▁a");
  EXPECT_EQ(normalized(R"({"type":"Prepend","prepend":"▁"})", ""), "");
  EXPECT_EQ(normalized(R"({"type":"Strip","strip_left":true,"strip_right":false})", " \u3000a "),
            "a ");
}

TEST(Normalizer, KnowsWhereCharactersComeFrom) {
  const nlohmann::json json = nlohmann::json::parse(R"({"type":"Sequence","normalizers":[
      {"type":"Prepend","prepend":"__"},{"type":"NFD"},{"type":"StripAccents"}]})");
  AlignedText text("éxa");
  make_normalizer({json, "test"})->apply(text);
  ASSERT_EQ(text.text(), "__exa");
  EXPECT_EQ(text.original(0, 1), (ByteSpan{0, 2}));
  EXPECT_EQ(text.original(2, 3), (ByteSpan{0, 2}));
  EXPECT_EQ(text.original(3, 5), (ByteSpan{2, 4}));
}

TEST(Normalizer, RefusesDeepNesting) {
  nlohmann::json json = {{"type", "Lowercase"}};
  for (int i = 0; i < 1000; ++i)
    json = {{"type", "Sequence"}, {"normalizers", nlohmann::json::array({json})}};
  EXPECT_THROW(make_normalizer({json, "test"}), Error);
}

TEST(Normalizer, RefusesByName) {
  const auto message = [](const char* json) -> std::string {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    try {
      make_normalizer({parsed, "file: normalizer"});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message(R"({"type":"Rot13"})")
                .find("file: normalizer: Kindred does not support the "
                      "normalizer 'Rot13'"),
            std::string::npos);
  EXPECT_NE(message(R"({"type":"Sequence","normalizers":[{"type":"Prepend"}]})")
                .find("normalizers[0]: the field 'prepend' is missing"),
            std::string::npos);
  EXPECT_NE(message(R"({"type":"Precompiled","precompiled_charsmap":"!!"})").find("base64"),
            std::string::npos);
}

}  // namespace
}  // namespace kindred::text
