#include "text/gguf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "io/temp_directory.h"
#include "kindred/error.h"
#include "kindred/tokenizer.h"

namespace kindred::text {
namespace {

using nlohmann::json;

std::string golden(const std::string& name) {
  return std::string(KINDRED_TEST_DATA) + "/golden/gguf_tokenizers/" + name;
}

class GgufTokenizer : public ::testing::TestWithParam<const char*> {};

TEST_P(GgufTokenizer, SaysWhatTheOriginalSays) {
  std::ifstream in(golden(std::string(GetParam()) + ".json"));
  const json expected = json::parse(in);
  const json made = gguf_tokenizer_json(golden(std::string(GetParam()) + ".gguf"));
  for (const auto& [key, value] : expected.at("tokenizer").items())
    EXPECT_EQ(made.at(key), value) << key;
}

TEST_P(GgufTokenizer, GivesTheIdsOfTheOriginal) {
  std::ifstream in(golden(std::string(GetParam()) + ".json"));
  const json expected = json::parse(in);
  const Tokenizer tokenizer = Tokenizer::open(golden(std::string(GetParam()) + ".gguf"));
  for (const json& test : expected.at("cases"))
    EXPECT_EQ(tokenizer.encode(test[0].get<std::string>()).ids,
              test[1].get<std::vector<std::uint32_t>>())
        << test[0];
}

INSTANTIATE_TEST_SUITE_P(Kinds, GgufTokenizer,
                         ::testing::Values("smollm", "gpt-2", "qwen2", "llama-bpe", "default",
                                           "llama", "bert", "t5"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The file with one string in it replaced by another of the same length.
std::string changed(const std::string& name, const std::string& from, const std::string& to) {
  std::ifstream in(golden(name), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  bytes.replace(at, from.size(), to);
  static const io::TempDirectory temp;  // of its own: tests run side by side
  const std::string path = temp.file("changed.gguf");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

void expect_error(const std::string& path, ErrorKind kind, const char* message) {
  try {
    gguf_tokenizer_json(path);
    ADD_FAILURE() << "accepted; expected " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), ::testing::HasSubstr(message));
  }
}

TEST(GgufTokenizerErrors, NamesWhatItDoesNotKnow) {
  expect_error(changed("smollm.gguf", "smollm", "smolll"), ErrorKind::unsupported, "'smolll'");
  expect_error(changed("llama.gguf", std::string("\5\0\0\0\0\0\0\0llama\x15", 14),
                       std::string("\5\0\0\0\0\0\0\0rwkv7\x15", 14)),
               ErrorKind::unsupported, "'rwkv7'");
}

TEST(GgufTokenizerErrors, RefusesDamage) {
  expect_error(changed("smollm.gguf", "tokenizer.ggml.merges", "tokenizer.ggml.mergez"),
               ErrorKind::not_found, "tokenizer.ggml.merges");
  expect_error(changed("llama.gguf", "tokenizer.ggml.scores", "tokenizer.ggml.scorez"),
               ErrorKind::not_found, "tokenizer.ggml.scores");
  // Without its key the separator is taken to be 102, which is no token here.
  expect_error(changed("bert.gguf", "seperator_token_id", "seperator_token_ix"), ErrorKind::corrupt,
               "is 102, but there are 31 tokens");
  expect_error(golden("missing.gguf"), ErrorKind::not_found, "missing.gguf");
}

}  // namespace
}  // namespace kindred::text
