#include "prepare/distill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"
#include "kindred/tokenizer.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;

const std::string kModels = KINDRED_TEST_DATA "/golden/models/";
const std::string kReal = KINDRED_MODELS;

std::vector<float> table_of(const std::string& path, const char* name = "embedding.weight") {
  return io::Safetensors::open(path + "/model.safetensors").at(name).to_floats();
}

DistillOptions options_for(std::size_t dimensions, double sif) {
  DistillOptions options;
  options.dimensions = dimensions;
  options.sif = sif;
  options.encoder.threads = 1;
  return options;
}

double distance(const float* a, const float* b, std::size_t d) {
  double sum = 0.0;
  for (std::size_t k = 0; k < d; ++k) sum += std::pow(static_cast<double>(a[k]) - b[k], 2);
  return std::sqrt(sum);
}

// All components: a rotation, so that distances between tokens are those between their vectors.
TEST(Distill, TakesEveryTokenAloneThroughTheEncoder) {
  const io::TempDirectory folder;
  const std::string model = kModels + "bert-gelu";
  const auto result = distill(model, folder.file("out"), options_for(1000, 0.0));
  EncoderOptions encoder_options;
  encoder_options.threads = 1;
  const Encoder encoder = Encoder::open(model, encoder_options);
  const std::size_t d = encoder.dimensions();
  const std::size_t kept = result.dimensions;
  EXPECT_EQ(kept, d - 1);  // behind a norm without a bias the values' sum is always 0
  EXPECT_NEAR(result.explained, 1.0, 1e-6);
  EncodeOptions plain;
  plain.normalize = false;
  const std::vector<std::string> texts = {"t3", "t40", "t77"};
  const std::vector<float> wanted = encoder.encode(texts, plain).values;
  const std::vector<float> table = table_of(folder.file("out"));
  const auto tokenizer = Tokenizer::open(folder.file("out") + "/tokenizer.json");
  const auto row = [&](std::size_t i) {
    return table.data() + tokenizer.token_to_id(texts[i]).value() * kept;
  };
  for (const auto& [a, b] : {std::pair{0U, 1U}, {1U, 2U}, {0U, 2U}})
    EXPECT_NEAR(distance(row(a), row(b), kept),
                distance(wanted.data() + a * d, wanted.data() + b * d, d), 1e-4);
}

TEST(Distill, WeighsByZipfsLawInTheOrderOfTheVocabulary) {
  const io::TempDirectory folder;
  const std::string model = kModels + "bert-gelu";
  distill(model, folder.file("plain"), options_for(8, 0.0));
  const auto result = distill(model, folder.file("zipf"), options_for(8, 1e-2));
  double sum = 0.0;
  for (std::size_t i = 0; i < result.tokens; ++i) sum += 1.0 / static_cast<double>(i + 2);
  const std::vector<float> plain = table_of(folder.file("plain"));
  const std::vector<float> zipf = table_of(folder.file("zipf"));
  for (const std::size_t i : {0UL, 5UL, 50UL}) {  // no token is special: places are ids
    const double share = 1.0 / static_cast<double>(i + 2) / sum;
    EXPECT_NEAR(zipf[i * 8] / plain[i * 8], 1e-2 / (1e-2 + share), 1e-4);
  }
}

TEST(Distill, CountsACorpus) {
  const io::TempDirectory folder;
  const std::string model = kModels + "bert-gelu";
  DistillOptions options = options_for(8, 1e-2);
  options.corpus = encode::TextSource{folder.write("texts.txt", "t5 t5 t6\nt5\n"), "", {}};
  distill(model, folder.file("plain"), options_for(8, 0.0));
  distill(model, folder.file("out"), options);
  const std::vector<float> plain = table_of(folder.file("plain"));
  const std::vector<float> out = table_of(folder.file("out"));
  EXPECT_NEAR(out[5 * 8] / plain[5 * 8], 1e-2 / (1e-2 + 0.75), 1e-4);
  EXPECT_NEAR(out[6 * 8] / plain[6 * 8], 1e-2 / (1e-2 + 0.25), 1e-4);
  EXPECT_NEAR(out[7 * 8] / plain[7 * 8], 1.0, 1e-6);
  options.corpus = encode::TextSource{folder.write("empty.txt", ""), "", {}};
  EXPECT_KINDRED_ERROR(distill(model, folder.file("none"), options), ErrorKind::bad_input,
                       "none of its texts");
  EXPECT_FALSE(io::is_directory(folder.file("none")));
}

TEST(Distill, WritesModel2VecsDirectory) {
  const io::TempDirectory folder;
  DistillOptions options = options_for(8, 1e-4);
  const std::string model = kModels + "qwen2";
  distill(model, folder.file("static"), options);
  options.format = DistilledFormat::model2vec;
  distill(model, folder.file("model2vec"), options);
  const std::vector<std::string> texts = {"t3 t4", "t50", ""};
  EXPECT_EQ(Encoder::open(folder.file("static")).encode(texts).values,
            Encoder::open(folder.file("model2vec")).encode(texts).values);
  EXPECT_EQ(table_of(folder.file("model2vec"), "embeddings"), table_of(folder.file("static")));
}

TEST(Distill, TakesATokenizerFromAGgufFile) {
  const io::TempDirectory folder;
  const auto result =
      distill(kModels + "gguf-qwen2-q8_0", folder.file("out"), options_for(8, 1e-4));
  EXPECT_GT(result.tokens, 0U);
  const std::vector<std::string> texts = {"a b"};
  EXPECT_EQ(Encoder::open(folder.file("out")).encode(texts).dimensions, 8U);
}

TEST(Distill, AddsWordsThatTheTokenizerCutsApart) {
  const std::string model = kReal + "/all-MiniLM-L6-v2";
  if (!fs::exists(model)) GTEST_SKIP() << model << " is not there";
  const io::TempDirectory folder;
  DistillOptions options = options_for(16, 1e-4);
  options.words = {"Samsonite", "galaxy", "samsonite", "Löwenbräu", "red", "wiko-view"};
  options.encoder.threads = 2;
  options.encoder.precision = Precision::int8;
  options.encoder.layers = "1";
  const auto result = distill(model, folder.file("out"), options);
  // galaxy and red are tokens, Samsonite and samsonite one word for this tokenizer.
  EXPECT_EQ(result.words + result.unfit, 3U);
  EXPECT_EQ(result.known, 3U);
  const auto tokenizer = Tokenizer::open(folder.file("out") + "/tokenizer.json");
  const Encoding encoding = tokenizer.encode("a red SAMSONITE case, samsonites");
  const std::uint32_t added = tokenizer.token_to_id("Samsonite").value();
  EXPECT_EQ(std::count(encoding.ids.begin(), encoding.ids.end(), added), 1);
  // Special tokens and [unused…] weigh nothing.
  const std::vector<float> table = table_of(folder.file("out"));
  for (const char* token : {"[CLS]", "[unused7]", "[PAD]"}) {
    const std::size_t id = tokenizer.token_to_id(token).value();
    for (std::size_t k = 0; k < 16; ++k) EXPECT_EQ(table[id * 16 + k], 0.0F) << token;
  }
}

TEST(Distill, RefusesWhatItCannotDistill) {
  const io::TempDirectory folder;
  const std::string output = folder.file("out");
  EXPECT_KINDRED_ERROR(
      distill(KINDRED_TEST_DATA "/golden/vectors/st-static", output, options_for(8, 0.0)),
      ErrorKind::bad_input, "token vectors already");
  EXPECT_KINDRED_ERROR(distill(kModels + "bert-gelu", output, options_for(8, 1.5)),
                       ErrorKind::bad_input, "1.5");
  EXPECT_KINDRED_ERROR(distill(kModels + "bert-gelu", output, options_for(0, 0.0)),
                       ErrorKind::bad_input, "0 dimensions");
}

}  // namespace
}  // namespace kindred::prepare
