#include "prepare/vocabulary_prune.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"
#include "model/directory.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;

const std::string kGolden = KINDRED_TEST_DATA "/golden/";
const std::string kModels = KINDRED_MODELS;

nlohmann::json read_json(const std::string& path) {
  return nlohmann::json::parse(io::read_text_file(path));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += text + "\n";
  return lines;
}

VocabularyPruneResult prune(const io::TempDirectory& folder, const std::string& model,
                            const std::vector<std::string>& texts, const std::string& output,
                            KeptCharacters characters = KeptCharacters::used) {
  const std::string path = folder.write(output + ".txt", joined(texts));
  return prune_vocabulary(model, folder.file(output), {{{path, "", {}}}, characters, 2});
}

/// The same bits, with every prompt.
void expect_same_vectors(const std::string& model, const std::string& pruned,
                         const std::vector<std::string>& texts) {
  const Encoder before = Encoder::open(model);
  const Encoder after = Encoder::open(pruned);
  EncodeOptions options;
  EXPECT_EQ(before.encode(texts).values, after.encode(texts).values);
  for (const auto& [name, prompt] : before.info().prompts) {
    options.prompt_name = name;
    EXPECT_EQ(before.encode(texts, options).values, after.encode(texts, options).values) << name;
  }
}

const std::vector<std::string> kWords = {"t3 t4 t5", "t60 t61", "t77", ""};

TEST(VocabularyPrune, GivesTheSameBitsForEveryFamily) {
  const io::TempDirectory folder;
  for (const char* name : {"bert-gelu", "roberta", "mpnet", "qwen2", "gemma3", "modernbert",
                           "llama-biases-llama3-sharded", "distilbert", "xlm-roberta"}) {
    const std::string model = kGolden + "models/" + name;
    const auto result = prune(folder, model, kWords, name);
    EXPECT_LT(result.tokens_after, result.tokens_before) << name;
    EXPECT_LT(result.parameters_after, result.parameters_before) << name;
    EXPECT_EQ(read_json(folder.file(name) + "/config.json")["vocab_size"],
              Encoder::open(folder.file(name)).info().vocab_size);
    expect_same_vectors(model, folder.file(name), kWords);
  }
}

TEST(VocabularyPrune, PrunesStaticModelsToo) {
  const io::TempDirectory folder;
  prune(folder, kGolden + "vectors/st-static", kWords, "static");
  expect_same_vectors(kGolden + "vectors/st-static", folder.file("static"), kWords);
}

TEST(VocabularyPrune, PicksRowsOfOutputMatricesAndLeavesOtherTensors) {
  const io::TempDirectory folder;
  const std::string model = kGolden + "models/roberta-masked-lm";
  prune(folder, model, kWords, "out");
  const auto before = io::Safetensors::open(model + "/model.safetensors");
  const auto after = io::Safetensors::open(folder.file("out") + "/model.safetensors");
  const std::size_t rows = after.at("roberta.embeddings.word_embeddings.weight").shape[0];
  EXPECT_LT(rows, 101U);
  EXPECT_EQ(after.at("lm_head.bias").shape, std::vector<std::size_t>{rows});
  EXPECT_EQ(after.at("lm_head.dense.weight").to_floats(),
            before.at("lm_head.dense.weight").to_floats());
  const auto old = Tokenizer::open(model);
  const auto now = Tokenizer::open(folder.file("out"));
  const std::vector<float> biases = after.at("lm_head.bias").to_floats();
  EXPECT_EQ(biases[now.token_to_id("t60").value()],
            before.at("lm_head.bias").to_floats()[old.token_to_id("t60").value()]);
}

TEST(VocabularyPrune, ChangesIdsInTheFilesBeside) {
  const io::TempDirectory folder;
  const std::string model = folder.file("model");
  fs::copy(kGolden + "models/bert-gelu", model, fs::copy_options::recursive);
  nlohmann::json config = read_json(model + "/config.json");
  config["pad_token_id"] = 90;
  config["eos_token_id"] = {91, 92};
  io::write_text_file(model + "/config.json", config.dump());
  io::write_text_file(model + "/generation_config.json", R"({"bos_token_id": 93})");
  io::write_text_file(model + "/sentencepiece.bpe.model", "of the old vocabulary");
  io::write_text_file(model + "/tokenizer_config.json",
                      R"({"added_tokens_decoder": {"94": {"content": "t94", "special": true},
                          "101": {"content": "<extra>", "special": true}}})");
  prune(folder, model, {"t3"}, "out");
  const auto now = Tokenizer::open(folder.file("out"));
  const nlohmann::json written = read_json(folder.file("out") + "/config.json");
  EXPECT_EQ(written["pad_token_id"], now.token_to_id("t90").value());
  EXPECT_EQ(written["eos_token_id"],
            nlohmann::json({now.token_to_id("t91").value(), now.token_to_id("t92").value()}));
  EXPECT_EQ(read_json(folder.file("out") + "/generation_config.json")["bos_token_id"],
            now.token_to_id("t93").value());
  const nlohmann::json decoder =
      read_json(folder.file("out") + "/tokenizer_config.json")["added_tokens_decoder"];
  for (const char* token : {"t94", "<extra>"})
    EXPECT_EQ(decoder[std::to_string(now.token_to_id(token).value())]["content"], token);
  EXPECT_FALSE(io::is_file(folder.file("out") + "/sentencepiece.bpe.model"));
}

TEST(VocabularyPrune, GivesTheSameBitsForRealModels) {
  const std::vector<std::string> texts = {"The quick brown fox jumps over the lazy dog.",
                                          "Las zapatillas de running para mujer, rojas — talla 38½",
                                          "Bouteille isotherme en acier inoxydable 750 ml",
                                          "手机壳 适用于苹果15 透明防摔",
                                          "naïve café ＡＢＣ ﬁ 😀 ½ ٣ ☃ ཀ unheard-of: 龘",
                                          "<mask> [MASK] <s>",
                                          "\tbetween\n tabs  "};
  const io::TempDirectory folder;
  for (const char* name : {"all-MiniLM-L6-v2", "multilingual-e5-small"}) {
    const std::string model = kModels + "/" + name;
    if (!fs::exists(model)) GTEST_SKIP() << model << " is not there";
    const std::string output = std::string("pruned-") + name;
    const std::string lines = folder.write("texts.jsonl", [&] {
      std::string json;
      for (const std::string& text : texts) json += nlohmann::json(text).dump() + "\n";
      return json;
    }());
    const auto result =
        prune_vocabulary(model, folder.file(output), {{{lines, "", {}}}, KeptCharacters::used, 2});
    EXPECT_LT(result.tokens_after, 400U);
    expect_same_vectors(model, folder.file(output), texts);
  }
}

TEST(VocabularyPrune, KeepsEveryCharacterUnlessToldOtherwise) {
  const std::string model = kModels + "/all-MiniLM-L6-v2";
  if (!fs::exists(model)) GTEST_SKIP() << model << " is not there";
  const io::TempDirectory folder;
  prune(folder, model, {"red shoes"}, "out", KeptCharacters::all);
  const auto tokenizer = Tokenizer::open(folder.file("out"));
  // Nothing is lost of a text that was not seen: it falls apart.
  const Encoding encoding = tokenizer.encode("blue 手 café");
  for (const std::uint32_t id : encoding.ids) EXPECT_NE(tokenizer.id_to_token(id), "[UNK]");
  EXPECT_GT(encoding.ids.size(), 10U);
}

TEST(VocabularyPrune, RefusesWhatItCannotPrune) {
  const io::TempDirectory folder;
  const std::string model = kGolden + "models/bert-gelu";
  EXPECT_KINDRED_ERROR(prune_vocabulary(model, folder.file("out"), {}), ErrorKind::bad_input,
                       "no texts");
  EXPECT_KINDRED_ERROR(
      prune_vocabulary(model, folder.file("out"), {{{"-", "", {}}}, KeptCharacters::all, 1}),
      ErrorKind::bad_input, "pipe");
  EXPECT_KINDRED_ERROR(prune(folder, kGolden + "models/gguf-qwen2-q8_0", {"t3"}, "out"),
                       ErrorKind::unsupported, "GGUF");
  EXPECT_FALSE(io::is_directory(folder.file("out")));
}

}  // namespace
}  // namespace kindred::prepare
