#include "text/models/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kindred/error.h"
#include "text/token_model.h"

namespace kindred::text {
namespace {

using ::testing::HasSubstr;

ModelConfig read(std::string_view text) {
  return read_model_config(text, "test.json");
}

void expect_error(std::string_view text, ErrorKind kind, const char* message) {
  try {
    make_token_model(text, "test.json");
    ADD_FAILURE() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("test.json"));
    EXPECT_THAT(error.what(), HasSubstr(message)) << text;
  }
}
void expect_corrupt(std::string_view text, const char* message) {
  expect_error(text, ErrorKind::corrupt, message);
}

TEST(ModelConfig, ReadsEveryFieldOfBpe) {
  const ModelConfig config =
      read(R"({"merges": [["a", "b c"], ["d", "e"]], "vocab": {"a": 5, "b\u0000\u00e9": 0},
      "type": "BPE", "dropout": 0.0, "unk_token": "?", "continuing_subword_prefix": "##",
      "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": true,
      "something new": {"x": [1]}})");
  EXPECT_EQ(config.kind, ModelKind::bpe);
  ASSERT_EQ(config.tokens.size(), 2U);
  EXPECT_EQ(config.tokens[1], std::string_view("b\0\u00e9", 4));
  EXPECT_THAT(config.ids, ::testing::ElementsAre(5, 0));
  ASSERT_EQ(config.merges.size(), 4U);
  EXPECT_EQ(config.merges[1], "b c");
  EXPECT_EQ(config.unk_token, "?");
  EXPECT_EQ(config.continuing_subword_prefix, "##");
  EXPECT_EQ(config.end_of_word_suffix, "");
  EXPECT_TRUE(config.fuse_unk && config.byte_fallback && config.ignore_merges);
}

TEST(ModelConfig, SkipsTheVersionLineOfMerges) {
  const ModelConfig config = read(R"({"vocab": {}, "merges": ["#version: 0.2", "a b"]})");
  ASSERT_EQ(config.merges.size(), 2U);
  EXPECT_EQ(config.merges[0], "a");
}

TEST(ModelConfig, GuessesAMissingType) {
  EXPECT_EQ(read(R"({"vocab": {}, "merges": []})").kind, ModelKind::bpe);
  EXPECT_EQ(read(R"({"vocab": [["a", 0]], "unk_id": null})").kind, ModelKind::unigram);
  EXPECT_EQ(read(R"({"vocab": {}, "unk_token": "a"})").kind, ModelKind::word_level);
  EXPECT_EQ(read(R"({"vocab": {}, "unk_token": "a", "continuing_subword_prefix": "",
                     "max_input_chars_per_word": 9})")
                .kind,
            ModelKind::word_piece);
}

TEST(ModelConfig, RefusesWhatTheReferenceRefuses) {
  expect_corrupt("", "not valid JSON");
  expect_corrupt("[]", "not valid JSON");
  expect_corrupt(R"({"vocab": {"a": 0}, "merges": [)", "JSON");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 0}})", "'merges' is missing");
  expect_corrupt(R"({"type": "BPE", "merges": []})", "'vocab' is missing");
  expect_corrupt(R"({"type": "BPE", "vocab": [], "merges": []})", "not an object");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": -1}, "merges": []})", "'vocab'");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1.5}, "merges": []})", "'vocab'");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 4294967296}, "merges": []})", "32 bits");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": "1"}, "merges": []})", "'vocab'");
  expect_corrupt(R"({"type": "BPE", "vocab": {"\ud800": 1}, "merges": []})", "");
  expect_corrupt("{\"type\": \"BPE\", \"vocab\": {\"\xff\": 1}, \"merges\": []}", "");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": ["a"]})", "joins 1 tokens");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": ["a b c"]})", "joins 3 tokens");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": [["a"]]})", "joins 1 tokens");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": [["a", "a", "a"]]})",
                 "joins 3 tokens");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1, "aa": 2}, "merges": [["a", "a"], "a a"]})",
                 "mix");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": [["a", "b"]]})", "'b'");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": [["a", "a"]]})", "'aa'");
  expect_corrupt(R"({"type": "BPE", "vocab": {"a": 1}, "merges": [["a", "a"]],
                     "continuing_subword_prefix": "##"})",
                 "prefix '##'");
  expect_corrupt(R"({"type": "WordLevel", "vocab": {}})", "'unk_token' is missing");
  expect_corrupt(
      R"({"type": "WordPiece", "vocab": {}, "unk_token": "a", "max_input_chars_per_word": 1})",
      "'continuing_subword_prefix' is missing");
  expect_corrupt(
      R"({"type": "WordPiece", "vocab": {}, "unk_token": "a", "continuing_subword_prefix": ""})",
      "'max_input_chars_per_word' is missing");
  expect_corrupt(R"({"type": "Unigram", "vocab": {}})", "not a list");
  expect_corrupt(R"({"type": "Unigram", "vocab": [["a"]]})", "not a pair");
  expect_corrupt(R"({"type": "Unigram", "vocab": [["a", 1, 2]]})", "not a pair");
  expect_corrupt(R"({"type": "Unigram", "vocab": [["a", "b"]]})", "score");
  expect_corrupt(R"({"type": "Unigram", "vocab": [["a", 1e999]]})", "score");
  expect_corrupt(R"({"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1})", "'unk_id' is 1");
  expect_corrupt(R"({"type": "Unigram", "vocab": [], "unk_id": 0})", "'unk_id' is 0");
}

TEST(ModelConfig, RefusesWhatIsNotDoneByName) {
  expect_error(R"({"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1})",
               ErrorKind::unsupported, "dropout of 0.1");
  expect_error(R"({"type": "Bytes", "vocab": {}})", ErrorKind::unsupported, "'Bytes'");
}

}  // namespace
}  // namespace kindred::text
