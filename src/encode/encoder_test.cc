// Encoders of small random models and of the real ones against sentence-transformers
// (tests/reference/make_vector_goldens.py).
#include "kindred/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <thread>

#include <nlohmann/json.hpp>

#include "encode/nearest.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "kindred/error.h"

namespace kindred {
namespace {

const std::string kData = KINDRED_TEST_DATA;
const std::string kVectors = kData + "/golden/vectors";
const std::string kModels = KINDRED_MODELS;

std::vector<std::string> texts_of(const std::string& file) {
  return nlohmann::json::parse(io::read_text_file(kVectors + "/" + file))
      .get<std::vector<std::string>>();
}

std::vector<std::string> head_texts() {
  std::vector<std::string> texts = texts_of("variants.json");
  texts.emplace_back("");
  std::string longer;
  for (int i = 3; i < 90; ++i) longer += (i > 3 ? " t" : "t") + std::to_string(i);
  texts.push_back(longer);
  return texts;
}

// A value of the reference that is not finite (the maximum over no token) is not compared.
void expect_close(const std::vector<float>& actual, const std::vector<float>& expected,
                  float tolerance, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!std::isfinite(expected[i])) continue;
    ASSERT_NEAR(actual[i], expected[i], tolerance) << what << ", element " << i;
  }
}

class Goldens : public testing::Test {
 protected:
  io::Safetensors file_ = io::Safetensors::open(kVectors + "/variants.safetensors");
};

TEST_F(Goldens, EveryPoolingAndChoiceOfLayers) {
  const std::vector<std::string> texts = texts_of("variants.json");
  int compared = 0;
  for (const io::TensorView& tensor : file_.tensors()) {
    if (tensor.name.starts_with("st-")) continue;
    const std::size_t first = tensor.name.find('/');
    const std::size_t second = tensor.name.find('/', first + 1);
    EncoderOptions options;
    options.threads = 1;
    options.pooling = tensor.name.substr(first + 1, second - first - 1);
    options.layers = tensor.name.substr(second + 1);
    if (options.layers == "model") options.layers.clear();
    const Encoder encoder =
        Encoder::open(kData + "/golden/models/" + tensor.name.substr(0, first), options);
    const Embeddings e = encoder.encode(texts);
    EXPECT_EQ(e.dimensions, tensor.columns());
    expect_close(e.values, tensor.to_floats(), 2e-4F, tensor.name);
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST_F(Goldens, DenseHeadsPromptsAndTruncation) {
  for (const std::string name : {"st-dense", "st-dense-new"}) {
    const Encoder encoder = Encoder::open(kVectors + "/" + name);
    const auto check = [&](const char* what, const EncodeOptions& options) {
      const std::string key = name + "/" + what;
      expect_close(encoder.encode(head_texts(), options).values, file_.at(key).to_floats(), 2e-5F,
                   key);
    };
    check("plain", {});
    EncodeOptions options;
    options.prompt_name = "query";
    check("query", options);
    options.prompt_name = "passage";
    check("passage", options);
    options.prompt = "t20 t21 t22 ";
    check("prompt", options);
    options = {};
    options.dimensions = 8;
    options.renormalize_truncated = false;
    check("truncated-8", options);
    options.normalize = true;
    check("truncated-8-renormalised", options);
  }
}

TEST_F(Goldens, StaticEmbeddings) {
  const Encoder encoder = Encoder::open(kVectors + "/st-static");
  expect_close(encoder.encode(texts_of("variants.json")).values,
               file_.at("st-static/plain").to_floats(), 1e-6F, "st-static");
  const std::vector<std::string> empty = {""};
  for (const float value : encoder.encode(empty).values) EXPECT_EQ(value, 0.0F);
}

TEST(Encoder, NormalizedTruncationIsUnitByDefault) {
  const Encoder encoder = Encoder::open(kVectors + "/st-dense");
  EncodeOptions options;
  options.dimensions = 8;
  const Embeddings e = encoder.encode(head_texts(), options);
  ASSERT_EQ(e.dimensions, 8U);
  for (std::size_t r = 0; r < e.rows; ++r) {
    float squares = 0.0F;
    for (std::size_t d = 0; d < 8; ++d) squares += e.values[r * 8 + d] * e.values[r * 8 + d];
    EXPECT_NEAR(squares, 1.0F, 1e-5F);
  }
  options.dimensions = 21;
  EXPECT_THROW((void)encoder.encode(head_texts(), options), Error);
}

TEST(Encoder, SameBitsAloneInABatchOnManyThreadsAndConcurrently) {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int w = 0; w < i % 37; ++w) text += " t" + std::to_string(3 + (i * 7 + w * 5) % 90);
    texts.push_back(text);
  }
  EncoderOptions options;
  options.threads = 1;
  const Embeddings expected = Encoder::open(kVectors + "/st-dense", options).encode(texts);
  const auto row_is_equal = [&](const Embeddings& e, std::size_t row, std::size_t of) {
    return std::memcmp(e.values.data() + row * e.dimensions,
                       expected.values.data() + of * e.dimensions,
                       e.dimensions * sizeof(float)) == 0;
  };
  for (const int threads : {2, 5}) {
    options.threads = threads;
    options.batch_tokens = threads == 2 ? 512 : 64;
    const Encoder encoder = Encoder::open(kVectors + "/st-dense", options);
    const Embeddings all = encoder.encode(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_TRUE(row_is_equal(all, i, i)) << i;
    std::vector<std::thread> callers;
    for (int c = 0; c < 3; ++c)
      callers.emplace_back([&, c] {
        for (std::size_t i = static_cast<std::size_t>(c); i < 60; i += 3)
          EXPECT_TRUE(row_is_equal(encoder.encode(std::span(&texts[i], 1)), 0, i)) << i;
      });
    for (std::thread& caller : callers) caller.join();
  }
}

TEST(Encoder, LongTextsAreCutReportedRefusedOrWindowed) {
  const Encoder encoder = Encoder::open(kVectors + "/st-dense");
  std::string longer;
  for (int i = 0; i < 87; ++i) longer += "t" + std::to_string(30 + i % 70) + " ";
  const std::vector<std::string> texts = {"t5 t6", "", longer};
  EncodeOptions options;
  const Embeddings cut = encoder.encode(texts, options);
  EXPECT_EQ(cut.truncated, (std::vector<std::uint8_t>{0, 0, 1}));
  EXPECT_EQ(cut.token_counts, (std::vector<std::uint32_t>{4, 2, 38}));

  options.long_text = LongText::error;
  options.first_row = 100;
  try {
    (void)encoder.encode(texts, options);
    FAIL() << "a long text was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_NE(std::string(e.what()).find("row 102"), std::string::npos) << e.what();
  }

  options.long_text = LongText::windows;
  const Embeddings windows = encoder.encode(texts, options);
  EXPECT_EQ(windows.truncated, std::vector<std::uint8_t>(3, 0));
  EXPECT_EQ(windows.token_counts[2], 87U + 3 * 2);  // 36 + 36 + 15 tokens, each framed by two
  const auto last = static_cast<std::ptrdiff_t>(windows.dimensions);
  EXPECT_TRUE(std::equal(windows.values.begin(), windows.values.end() - last, cut.values.begin()));
  EXPECT_FALSE(
      std::equal(windows.values.end() - last, windows.values.end(), cut.values.end() - last));
}

TEST(Encoder, WindowsAreAveragedByTokens) {
  EncoderOptions options;
  options.pooling = "mean";
  options.max_length = 10;
  const Encoder encoder = Encoder::open(kData + "/golden/models/modernbert", options);
  std::string whole;
  std::vector<std::string> parts(3);  // 10 + 10 + 5 tokens, the model has no template
  for (std::size_t i = 0; i < 25; ++i) {
    const std::string token = "t" + std::to_string(3 + i) + " ";
    whole += token;
    parts[i / 10] += token;
  }
  EncodeOptions call;
  call.long_text = LongText::windows;
  const std::vector<std::string> texts = {whole};
  const Embeddings windows = encoder.encode(texts, call);
  const Embeddings apart = encoder.encode(parts);
  EXPECT_EQ(windows.token_counts[0], 25U);
  const std::size_t n = apart.dimensions;
  for (std::size_t d = 0; d < n; ++d)
    EXPECT_NEAR(
        windows.values[d],
        0.4F * apart.values[d] + 0.4F * apart.values[n + d] + 0.2F * apart.values[2 * n + d],
        1e-5F);
}

TEST(Encoder, TokenVectorsMeanIsThePooledVector) {
  EncoderOptions options;
  options.pooling = "mean";
  options.layers = "last4:concat";
  const std::string path = kData + "/golden/models/modernbert";
  const Encoder encoder = Encoder::open(path, options);
  const std::vector<std::string> text = {"t9 t8 t7 t6"};
  const Embeddings pooled = encoder.encode(text);
  const TokenVectors tokens = encoder.encode_tokens(text[0]);
  ASSERT_EQ(tokens.dimensions, pooled.dimensions);
  ASSERT_EQ(tokens.values.size(), tokens.ids.size() * tokens.dimensions);
  for (std::size_t d = 0; d < tokens.dimensions; ++d) {
    float sum = 0.0F;
    for (std::size_t t = 0; t < tokens.ids.size(); ++t)
      sum += tokens.values[t * tokens.dimensions + d];
    EXPECT_NEAR(sum / static_cast<float>(tokens.ids.size()), pooled.values[d], 1e-5F);
  }
}

TEST(Encoder, TokensOfPromptAndTemplateAreMarked) {
  const Encoder encoder = Encoder::open(kVectors + "/st-dense");
  EncodeOptions options;
  options.prompt = "t31 t32 ";
  const TokenVectors tokens = encoder.encode_tokens("t5 t66", options);
  EXPECT_EQ(tokens.tokens, (std::vector<std::string>{"<s>", "t31", "t32", "t5", "t66", "</s>"}));
  EXPECT_EQ(tokens.special, (std::vector<std::uint8_t>{1, 1, 1, 0, 0, 1}));
  EXPECT_EQ(tokens.offsets[3], (CharSpan{0, 2}));
  EXPECT_EQ(tokens.offsets[4], (CharSpan{3, 6}));
  EXPECT_EQ(tokens.offsets[0], CharSpan{});
  const TokenVectors fixed = encoder.static_token_vectors("t5 t5", options);
  const auto row = [&](std::size_t t) {
    return std::vector<float>(fixed.values.begin() + t * fixed.dimensions,
                              fixed.values.begin() + (t + 1) * fixed.dimensions);
  };
  EXPECT_EQ(row(3), row(4));
}

TEST(Encoder, BidirectionalLayersChangeADecoder) {
  const std::string path = kData + "/golden/models/qwen3";
  const std::vector<std::string> text = {"t5 t6 t7 t8"};
  EncoderOptions options;
  options.pooling = "mean";
  const auto vector = [&](const std::string& layers, const EncodeOptions& call = {}) {
    options.bidirectional = layers;
    return Encoder::open(path, options).encode(text, call).values;
  };
  const std::vector<float> causal = vector("");
  EXPECT_EQ(vector("none"), causal);
  EXPECT_NE(vector("all"), causal);
  EXPECT_NE(vector("0"), vector("all"));
  EXPECT_EQ(vector("prompt"), causal);  // no prompt, no prefix
  EncodeOptions call;
  call.prompt = "t9 t10 ";
  EXPECT_NE(vector("prompt", call), vector("", call));
  EXPECT_THROW((void)vector("7-99"), Error);
}

TEST(Encoder, IdfPoolingWeighsTokens) {
  const std::string weights = testing::TempDir() + "kindred_encoder_idf.tsv";
  io::write_text_file(weights, "t5\t3\nt6\t1\n");
  EncoderOptions options;
  options.pooling = "idf";
  EXPECT_THROW((void)Encoder::open(kVectors + "/st-static", options), Error);
  options.token_weights = weights;
  const Encoder encoder = Encoder::open(kVectors + "/st-static", options);
  const std::vector<std::string> texts = {"t5 t6", "t5", "t6", ""};
  const Embeddings e = encoder.encode(texts);
  for (std::size_t d = 0; d < e.dimensions; ++d) {
    const auto at = [&](std::size_t row) { return e.values[row * e.dimensions + d]; };
    EXPECT_NEAR(at(0), 0.75F * at(1) + 0.25F * at(2), 1e-5F);
    EXPECT_EQ(at(3), 0.0F);
  }
  std::filesystem::remove(weights);
}

TEST(Encoder, FingerprintTellsChoicesApart) {
  const std::string path = kVectors + "/st-dense";
  const Encoder encoder = Encoder::open(path);
  const std::string plain = encoder.fingerprint();
  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(Encoder::open(path).fingerprint(), plain);
  EncodeOptions call;
  call.prompt_name = "query";
  EXPECT_NE(encoder.fingerprint(call), plain);
  call = {};
  call.dimensions = 8;
  EXPECT_NE(encoder.fingerprint(call), plain);
  EncoderOptions options;
  options.precision = Precision::int8;
  EXPECT_NE(Encoder::open(path, options).fingerprint(), plain);
  options = {};
  options.threads = 3;
  EXPECT_EQ(Encoder::open(path, options).fingerprint(), plain);
}

TEST(Encoder, VectorSpaceIsWhatQueriesShare) {
  const std::string path = kVectors + "/st-dense";
  const Encoder encoder = Encoder::open(path);
  const std::string plain = encoder.vector_space();
  EncodeOptions call;
  call.prompt_name = "query";
  EXPECT_EQ(encoder.vector_space(call), plain);
  call.dimensions = 8;
  EXPECT_NE(encoder.vector_space(call), plain);
  EncoderOptions options;
  options.precision = Precision::int8;
  options.max_length = 8;
  EXPECT_EQ(Encoder::open(path, options).vector_space(), plain);
  options.pooling = "max+last";
  EXPECT_NE(Encoder::open(path, options).vector_space(), plain);
  EXPECT_NE(Encoder::open(kVectors + "/st-dense-new").vector_space(), plain);
}

TEST(Encoder, RefusesWhatDoesNotFit) {
  const auto kind_of = [](const std::string& path, const EncoderOptions& options,
                          const EncodeOptions& call = {}) {
    try {
      const std::vector<std::string> text = {"t5"};
      (void)Encoder::open(path, options).encode(text, call);
    } catch (const Error& e) {
      return std::string(to_string(e.kind()));
    }
    return std::string("accepted");
  };
  const std::string path = kVectors + "/st-dense";
  EncoderOptions options;
  options.threads = -1;
  EXPECT_EQ(kind_of(path, options), "bad input");
  options = {};
  options.isa = "mmx";
  EXPECT_EQ(kind_of(path, options), "bad input");
  options = {};
  options.pooling = "median";
  EXPECT_EQ(kind_of(path, options), "bad input");
  options = {};
  options.max_length = 2;
  EXPECT_EQ(kind_of(path, options), "bad input");
  options.max_length = 4000;
  EXPECT_EQ(kind_of(path, options), "bad input");
  options = {};
  options.layers = "9";
  EXPECT_EQ(kind_of(path, options), "bad input");
  EncodeOptions call;
  call.prompt_name = "question";
  EXPECT_EQ(kind_of(path, {}, call), "not found");
  EXPECT_EQ(kind_of(path + "-nowhere", {}), "not found");
}

// ---- the real models ----

struct Real {
  const char* model;
  const char* tensor;
  const char* prompt;
  bool half;
};

class RealModels : public testing::TestWithParam<Real> {};

TEST_P(RealModels, VectorsOfSentenceTransformers) {
  const Real& p = GetParam();
  const std::string path = kModels + "/" + p.model;
  if (!io::is_directory(path)) GTEST_SKIP() << p.model << " is not laid out; run 'make models'";
  const io::Safetensors golden = io::Safetensors::open(kVectors + "/real.safetensors");
  std::vector<std::string> texts = texts_of("texts.json");
  if (p.half) {
    std::vector<std::string> half;
    for (std::size_t i = 0; i < texts.size(); i += 2) half.push_back(texts[i]);
    texts = half;
  }
  EncodeOptions options;
  options.prompt_name = p.prompt;
  const Embeddings e = Encoder::open(path).encode(texts, options);
  const std::vector<float> expected = golden.at(p.tensor).to_floats();
  ASSERT_EQ(e.values.size(), expected.size());
  for (std::size_t r = 0; r < e.rows; ++r)
    EXPECT_GT(encode::cosine(e.values.data() + r * e.dimensions, expected.data() + r * e.dimensions,
                             e.dimensions),
              0.99999F)
        << "text " << r << ": " << texts[r].substr(0, 80);
}

INSTANTIATE_TEST_SUITE_P(
    All, RealModels,
    testing::Values(Real{"all-MiniLM-L6-v2", "minilm/plain/vectors", "", false},
                    Real{"multilingual-e5-small", "e5/passage/vectors", "passage", false},
                    Real{"multilingual-e5-small", "e5/query/vectors", "query", true}),
    [](const testing::TestParamInfo<Real>& test) {
      std::string name = test.param.tensor;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
      return name;
    });

TEST(RealDecoder, SmolLmMeanAndLastToken) {
  const std::string path = kModels + "/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!io::is_file(path)) GTEST_SKIP() << "SmolLM2 is not laid out; run 'make models'";
  const io::Safetensors golden = io::Safetensors::open(kVectors + "/real.safetensors");
  const io::TensorView& chosen = golden.at("smollm2/texts");
  std::vector<std::int32_t> rows(chosen.elements());
  std::memcpy(rows.data(), chosen.data, chosen.bytes);
  const std::vector<std::string> all = texts_of("texts.json");
  std::vector<std::string> texts;
  for (const std::int32_t row : rows) texts.push_back(all.at(static_cast<std::size_t>(row)));
  for (const std::string pooling : {"mean", "last"}) {
    EncoderOptions options;
    options.pooling = pooling;
    options.max_length = 1000;
    const Embeddings e = Encoder::open(path, options).encode(texts);
    const std::vector<float> expected = golden.at("smollm2/" + pooling + "/vectors").to_floats();
    ASSERT_EQ(e.values.size(), expected.size());
    for (std::size_t r = 0; r < e.rows; ++r)
      EXPECT_GT(encode::cosine(e.values.data() + r * e.dimensions,
                               expected.data() + r * e.dimensions, e.dimensions),
                0.99999F)
          << pooling << ", text " << r << ": " << texts[r].substr(0, 80);
  }
}

}  // namespace
}  // namespace kindred
