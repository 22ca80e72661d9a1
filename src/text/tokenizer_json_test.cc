#include "text/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kindred/error.h"

namespace kindred::text {
namespace {

constexpr const char* kText = R"({
  "version": "1.0", "truncation": null, "padding": {"strategy": ["x", {"y": -1.5}]},
  "added_tokens": [{"id": 1, "content": "\u00e9 \"quoted\""}], "flag" : true , "number": 12
  ,"model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "word": 3}},
  "decoder": null
})";

void expect_as_written(const TokenizerJson& parts) {
  nlohmann::json expected = nlohmann::json::parse(kText);
  expected.erase("model");
  EXPECT_EQ(parts.rest, expected);
  EXPECT_EQ(parts.model->token_to_id("word"), 3U);
}

TEST(TokenizerJson, TakesTheModelApartFromTheRest) {
  expect_as_written(parse_tokenizer_json(kText, "test"));
}

TEST(TokenizerJson, ReadsAFile) {
  const auto path =
      std::filesystem::path(::testing::TempDir()) / "kindred_tokenizer_json_test.json";
  std::ofstream(path) << kText;
  expect_as_written(read_tokenizer_json(path.string()));
  std::filesystem::remove(path);
  try {
    read_tokenizer_json(path.string());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST(TokenizerJson, EveryCutIsRefused) {
  const std::string text = kText;
  for (std::size_t size = 0; size < text.size(); ++size) {
    try {
      parse_tokenizer_json(text.substr(0, size), "cut.json");
      ADD_FAILURE() << "accepted the first " << size << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("cut.json"));
    }
  }
}

TEST(TokenizerJson, RefusesTextWithoutAModelAndTextBehind) {
  for (const char* text :
       {"{}", "[]", "null", R"({"model": 1})", R"({"model": {"vocab": {}, "merges": []}} x)"}) {
    try {
      parse_tokenizer_json(text, "test");
      ADD_FAILURE() << "accepted " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << text;
    }
  }
}

}  // namespace
}  // namespace kindred::text
