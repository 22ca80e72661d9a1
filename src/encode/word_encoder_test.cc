#include "encode/word_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "encode/model_report.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"

namespace kindred {
namespace {

using nlohmann::json;

const std::string kGolden = KINDRED_TEST_DATA "/golden/word_questions/";
const std::string kWords = "4 3\nred 1 0 0\nshoes 0 2 0\nred, 0 0 5\n苹果 1 1 1\n";

std::vector<float> encode(const Encoder& encoder, const std::string& text,
                          const EncodeOptions& options = {}) {
  return encoder.encode(std::vector<std::string>{text}, options).values;
}

// print-sentence-vectors of fastText: unsupervised, and supervised with n-grams of words.
TEST(WordEncoder, GivesFastTextsSentenceVectors) {
  const json golden = json::parse(io::read_text_file(kGolden + "sentences.json"));
  const std::vector<std::string> texts = golden["texts"];
  for (const char* file : {"words.bin", "classes.bin"})
    for (const int threads : {1, 3}) {
      EncoderOptions options;
      options.threads = threads;
      const Embeddings e = Encoder::open(kGolden + file, options).encode(texts);
      ASSERT_EQ(e.rows, texts.size());
      for (std::size_t r = 0; r < e.rows; ++r)
        for (std::size_t d = 0; d < e.dimensions; ++d)
          EXPECT_NEAR(e.values[r * e.dimensions + d], golden[file][r][d].get<double>(), 2e-6)
              << file << " '" << texts[r] << "'";
    }
}

TEST(WordEncoder, IsTheMeanOfTheWordsThatAreKnown) {
  io::TempDirectory folder;
  folder.write("v.txt", kWords);
  const Encoder encoder = Encoder::open(folder.file("v.txt"));
  EXPECT_EQ(encoder.dimensions(), 3U);
  EXPECT_EQ(encoder.info().family, "static");
  EXPECT_EQ(encode(encoder, "red shoes nowhere"), (std::vector<float>{0.5F, 1, 0}));
  EXPECT_EQ(encode(encoder, "Shoes! red, (RED) shoes"), (std::vector<float>{0.25F, 1, 1.25F}));
  EXPECT_EQ(encode(encoder, "nowhere"), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(encode(encoder, "我吃苹果"), (std::vector<float>{1, 1, 1}));

  EncodeOptions options;
  options.prompt = "red ";
  EXPECT_EQ(encode(encoder, "shoes", options), (std::vector<float>{0.5F, 1, 0}));
  options.prompt.reset();
  options.normalize = true;
  options.dimensions = 2;
  const std::vector<float> unit = encode(encoder, "shoes red", options);
  EXPECT_NEAR(unit[0] * unit[0] + unit[1] * unit[1], 1.0F, 1e-6F);
  options.prompt_name = "query";
  EXPECT_KINDRED_ERROR(encode(encoder, "red", options), ErrorKind::not_found, "query");
}

TEST(WordEncoder, CutsLongTextsAsItIsTold) {
  io::TempDirectory folder;
  folder.write("v.txt", kWords);
  EncoderOptions options;
  options.max_length = 1;
  const Encoder encoder = Encoder::open(folder.file("v.txt"), options);
  const Embeddings cut = encoder.encode(std::vector<std::string>{"red shoes", "red"});
  EXPECT_EQ(cut.truncated, (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(cut.token_counts, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(cut.values[0], 1.0F);
  EncodeOptions call;
  call.long_text = LongText::windows;
  EXPECT_EQ(encode(encoder, "red shoes", call), (std::vector<float>{0.5F, 1, 0}));
  call.long_text = LongText::error;
  call.first_row = 7;
  EXPECT_KINDRED_ERROR(encode(encoder, "red shoes", call), ErrorKind::bad_input, "row 7");
}

TEST(WordEncoder, WeighsByIdfAndSif) {
  io::TempDirectory folder;
  folder.write("v.txt", kWords);
  folder.write("weights.tsv", "red\t3\nshoes\t1\n");
  EncoderOptions options;
  options.pooling = "idf";
  options.token_weights = folder.file("weights.tsv");
  EXPECT_EQ(encode(Encoder::open(folder.file("v.txt"), options), "red shoes"),
            (std::vector<float>{0.75F, 0.5F, 0}));
  options.pooling = "sif";
  options.token_weights = "";
  EXPECT_KINDRED_ERROR((void)Encoder::open(folder.file("v.txt"), options), ErrorKind::bad_input,
                       "no counts");
  // fastText's file has counts: the weights are those of the definition.
  const Encoder sif = Encoder::open(kGolden + "words.bin", options);
  const Encoder mean = Encoder::open(kGolden + "words.bin");
  const std::vector<float> a = encode(mean, "red"), b = encode(mean, "shoes");
  const std::vector<float> both = encode(sif, "red shoes");
  const Tokenizer& tokenizer = mean.tokenizer();
  ASSERT_TRUE(tokenizer.token_to_id("red") && tokenizer.token_to_id("shoes"));
  // Both occur as often, so that they weigh the same.
  for (std::size_t d = 0; d < both.size(); ++d) EXPECT_NEAR(both[d], (a[d] + b[d]) / 2, 1e-6F);
}

TEST(WordEncoder, TokensAreWords) {
  io::TempDirectory folder;
  folder.write("v.txt", kWords);
  const Encoder encoder = Encoder::open(folder.file("v.txt"));
  const TokenVectors tokens = encoder.encode_tokens("我吃苹果 Red");
  ASSERT_EQ(tokens.tokens, (std::vector<std::string>{"苹果", "red"}));
  EXPECT_EQ(tokens.offsets, (std::vector<CharSpan>{{2, 4}, {5, 8}}));
  EXPECT_EQ(std::vector<float>(tokens.values.end() - 3, tokens.values.end()),
            (std::vector<float>{1, 0, 0}));
}

TEST(WordEncoder, ItsMakerIsItsBytesAndChoices) {
  io::TempDirectory folder;
  folder.write("a.txt", kWords);
  folder.write("b.txt", kWords);
  folder.write("c.txt", "1 3\nred 1 0 0\n");
  const auto open = [&](const char* name, const std::string& words = "") {
    EncoderOptions options;
    options.words = words;
    return Encoder::open(folder.file(name), options);
  };
  EXPECT_EQ(open("a.txt").fingerprint(), open("b.txt").fingerprint());
  EXPECT_EQ(open("a.txt").fingerprint(), open("a.txt", "auto").fingerprint());
  EXPECT_NE(open("a.txt").fingerprint(), open("c.txt").fingerprint());
  EXPECT_NE(open("a.txt").vector_space(), open("a.txt", "unicode").vector_space());
  EXPECT_EQ(encode::report_model(folder.file("a.txt")).info.vocab_size, 4U);
}

TEST(WordEncoder, RefusesWhatWordVectorsDoNotHave) {
  io::TempDirectory folder;
  folder.write("v.txt", kWords);
  EncoderOptions options;
  options.layers = "last4";
  EXPECT_KINDRED_ERROR((void)Encoder::open(folder.file("v.txt"), options), ErrorKind::bad_input,
                       "no layers");
  options.layers = "";
  options.pooling = "cls";
  EXPECT_KINDRED_ERROR((void)Encoder::open(folder.file("v.txt"), options), ErrorKind::bad_input,
                       "mean, idf or sif");
  options.pooling = "";
  options.precision = Precision::int8;
  EXPECT_KINDRED_ERROR((void)Encoder::open(folder.file("v.txt"), options), ErrorKind::bad_input,
                       "vectors quantize");
  options.precision = Precision::fp32;
  options.words = "unicode";
  const std::string directory = std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-static";
  EXPECT_KINDRED_ERROR((void)Encoder::open(directory, options), ErrorKind::bad_input, "--words");
}

}  // namespace
}  // namespace kindred
