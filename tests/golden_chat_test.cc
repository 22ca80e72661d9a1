// Directories whose texts are wrapped by a chat template, lowered, or hold the padding token,
// against sentence-transformers (tests/reference/make_chat_goldens.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "encode/tokenised.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"
#include "kindred/error.h"
#include "model/directory.h"

namespace kindred {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Ids = std::vector<std::uint32_t>;

const std::string kGolden = KINDRED_TEST_DATA "/golden/";

// A small model with the case's files written over it.
void make_directory(const io::TempDirectory& directory, const ordered_json& golden) {
  const std::string from = kGolden + "models/" + golden["model"].get<std::string>();
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().filename() != "golden.safetensors")
      fs::copy(entry.path(), directory.file(entry.path().filename().string()));
  for (const auto& [name, content] : golden["files"].items()) {
    fs::create_directories(fs::path(directory.file(name)).parent_path());
    directory.write(name, content.is_string() ? content.get<std::string>() : content.dump());
  }
}

double cosine(const float* a, const std::vector<float>& b) {
  double dot = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return aa == 0.0 && bb == 0.0 ? 1.0 : dot / std::sqrt(aa * bb);
}

class ChatGolden : public testing::Test {
 protected:
  static const ordered_json& cases() {
    static const ordered_json cases =
        ordered_json::parse(io::read_text_file(kGolden + "chat/encoded.json"));
    return cases;
  }
  static const ordered_json& named(const std::string& name) {
    for (const ordered_json& golden : cases())
      if (golden["name"] == name) return golden;
    throw std::runtime_error("no case " + name);
  }
};

TEST_F(ChatGolden, GivesTheVectorsOfTheReference) {
  ASSERT_GE(cases().size(), 20U);
  for (const ordered_json& golden : cases()) {
    const io::TempDirectory directory;
    make_directory(directory, golden);
    const Encoder encoder = Encoder::open(directory.path());
    const auto texts = golden["texts"].get<std::vector<std::string>>();
    for (const ordered_json& asked : golden["prompts"]) {
      EncodeOptions options;
      options.prompt = asked["prompt"].get<std::string>();
      const Embeddings result = encoder.encode(texts, options);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string name =
            golden["name"].get<std::string>() + ": '" + *options.prompt + "' '" + texts[i] + "'";
        const auto ids = asked["ids"][i].get<Ids>();
        EXPECT_EQ(encoder.encode_tokens(texts[i], options).ids, ids) << name;
        EXPECT_EQ(result.token_counts[i], ids.size()) << name;
        const auto expected = asked["vectors"][i].get<std::vector<float>>();
        ASSERT_EQ(result.dimensions, expected.size()) << name;
        EXPECT_GT(cosine(result.values.data() + i * result.dimensions, expected), 0.99999) << name;
      }
    }
  }
}

TEST_F(ChatGolden, PlainTextLeavesTheTemplateOut) {
  const ordered_json& golden = named("plain directory, template in the configuration");
  const io::TempDirectory directory;
  make_directory(directory, golden);
  EncoderOptions options;
  options.plain_text = true;
  const Encoder plain = Encoder::open(directory.path(), options);
  const Encoder wrapped = Encoder::open(directory.path());
  EXPECT_TRUE(wrapped.info().chat_template);
  EXPECT_FALSE(plain.info().chat_template);
  EXPECT_NE(plain.fingerprint(), wrapped.fingerprint());
  const auto plain_ids = named("plain directory, no template")["prompts"][0]["ids"][0].get<Ids>();
  EXPECT_EQ(plain.encode_tokens("red shoes").ids, plain_ids);
  ordered_json config =
      ordered_json::parse(io::read_text_file(directory.file("tokenizer_config.json")));
  config.erase("chat_template");
  directory.write("tokenizer_config.json", config.dump());
  EXPECT_EQ(Encoder::open(directory.path()).fingerprint(), plain.fingerprint());
}

TEST_F(ChatGolden, FindsTheTextInsideOfTheTemplate) {
  const io::TempDirectory directory;
  make_directory(directory, named("plain directory, template in the configuration"));
  const Encoder encoder = Encoder::open(directory.path());
  const TokenVectors tokens = encoder.encode_tokens("red shoes");
  std::vector<std::string> of_text;
  for (std::size_t t = 0; t < tokens.ids.size(); ++t)
    if (!tokens.special[t]) of_text.push_back(tokens.tokens[t]);
  EXPECT_EQ(of_text, (std::vector<std::string>{"red", "shoes"}));
  const auto shoes = std::find(tokens.tokens.begin(), tokens.tokens.end(), "shoes");
  EXPECT_EQ(tokens.offsets[static_cast<std::size_t>(shoes - tokens.tokens.begin())],
            (CharSpan{4, 9}));
}

TEST_F(ChatGolden, RefusesWhatATemplateCannotDo) {
  const io::TempDirectory directory;
  make_directory(directory, named("saved, flat"));
  const Encoder encoder = Encoder::open(directory.path());
  EncodeOptions options;
  options.long_text = LongText::windows;
  const std::vector<std::string> texts = {"red"};
  EXPECT_THROW(encoder.encode(texts, options), Error);
  directory.write("chat_template.jinja", "{{ raise_exception('no') }}");
  EXPECT_THROW(Encoder::open(directory.path()).encode(texts), Error);
  directory.write("chat_template.jinja", "{% include 'x' %}");
  EXPECT_THROW(Encoder::open(directory.path()), Error);
  EncoderOptions plain;
  plain.plain_text = true;
  EXPECT_EQ(Encoder::open(directory.path(), plain).encode(texts).rows, 1U);
}

TEST_F(ChatGolden, NamesATokenWithoutARow) {
  const io::TempDirectory directory;
  make_directory(directory, named("plain directory, no template"));
  ordered_json tokenizer =
      ordered_json::parse(io::read_text_file(directory.file("tokenizer.json")));
  ordered_json token = tokenizer["added_tokens"][0];
  token["content"] = "<late>";
  for (int i = 0; i < 101; ++i) {  // past the rows, whatever the vocabulary has
    token["content"] = "<late" + std::to_string(i) + ">";
    tokenizer["added_tokens"].push_back(token);
  }
  directory.write("tokenizer.json", tokenizer.dump());
  const Encoder encoder = Encoder::open(directory.path());
  ASSERT_EQ(encoder.info().warnings.size(), 1U);
  EXPECT_NE(encoder.info().warnings[0].find("no row"), std::string::npos);
  const std::vector<std::string> texts = {"red", "red <late100>"};
  EncodeOptions options;
  options.first_row = 7;
  try {
    encoder.encode(texts, options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    EXPECT_NE(std::string(error.what()).find("row 8 has the token '<late100>'"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace kindred
