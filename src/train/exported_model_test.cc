// What is written has the vectors that were trained.
#include "train/exported_model.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/thread_pool.h"
#include "io/expect_error.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"
#include "model/directory.h"

namespace kindred::train {
namespace {

std::string golden(const std::string& name) {
  return std::string(KINDRED_TEST_DATA) + "/golden/" + name;
}

TrainedEncoder open(recipe::ModelRecipe model, const std::string& base) {
  model.base = base;
  recipe::TuningRecipe tuning;
  tuning.mode = recipe::TuningMode::full;
  return {model, tuning, recipe::EmbeddingUpdate::dense, at::kCPU, 1};
}

const std::vector<std::string> kTexts = {"t3", "t5 t4 t3 t9", "t7 t7 t8"};

std::vector<float> vectors_of(const TrainedEncoder& encoder, const std::string& prompt) {
  std::vector<recipe::BatchText> texts;
  std::vector<const recipe::BatchText*> pointers;
  for (const std::string& text : kTexts) texts.push_back({text, prompt});
  for (const recipe::BatchText& text : texts) pointers.push_back(&text);
  ThreadPool pool(1);
  const std::vector<TextTokens> tokens = encoder.tokenise(pointers, pool);
  std::vector<const TextTokens*> views;
  for (const TextTokens& text : tokens) views.push_back(&text);
  const at::NoGradGuard no_graph;
  const at::Tensor vectors = encoder.encode(views, {}).contiguous();
  const float* data = vectors.const_data_ptr<float>();
  return {data, data + vectors.numel()};
}

struct Choice {
  const char* name;
  const char* base;  // of tests/golden
  recipe::ModelRecipe model;
};

std::vector<Choice> choices() {
  recipe::ModelRecipe both, one, product;
  both.bidirectional = product.bidirectional = "all";
  one.bidirectional = "1";
  product.cls_token = true;
  product.pooling = "cls+mean";
  product.dimensions = 5;
  product.projection_bias = false;
  return {{"plain", "models/qwen3", {}},        {"head", "vectors/st-dense", {}},
          {"both_ways", "models/qwen2", both},  {"both_ways_in_one", "models/llama", one},
          {"product", "models/qwen3", product}, {"of_gguf", "models/gguf-llama-q4_1", product}};
}

class ExportedModel : public testing::TestWithParam<Choice> {
 protected:
  io::TempDirectory temp_;
};

TEST_P(ExportedModel, GivesTheVectorsThatWereTrained) {
  const std::string prompt = "t1 t2 ";
  const TrainedEncoder trained = open(GetParam().model, golden(GetParam().base));
  export_model(trained, {}, "", temp_.file("first"));
  // And goes on from there without being told again.
  export_model(open({}, temp_.file("first")), {}, "", temp_.file("second"));
  const std::vector<float> wanted = vectors_of(trained, prompt);
  EncoderOptions options;
  options.threads = 1;
  EncodeOptions call;
  call.prompt = prompt;
  for (const char* name : {"first", "second"}) {
    const Embeddings got = Encoder::open(temp_.file(name), options).encode(kTexts, call);
    ASSERT_EQ(got.values.size(), wanted.size()) << name;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      ASSERT_NEAR(got.values[i], wanted[i], 2e-5) << name << ' ' << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Choices, ExportedModel, testing::ValuesIn(choices()),
                         [](const auto& choice) { return std::string(choice.param.name); });

TEST(ExportedModelOf, ALearnedTokenIsPooledWhereItStands) {
  recipe::ModelRecipe own;
  own.cls_token = true;
  own.pooling = "cls+mean";
  own.bidirectional = "all";
  io::TempDirectory temp;
  const TrainedEncoder trained = open(own, golden("models/qwen3"));
  export_model(trained, {}, "", temp.file("own"));
  const model::ModelDirectory written = model::ModelDirectory::open(temp.file("own"));
  EXPECT_EQ(written.info.pooling, "last+mean") << "it is behind a text";
  EXPECT_EQ(written.bidirectional, "all");
  EXPECT_KINDRED_ERROR(open(own, temp.file("own")), ErrorKind::bad_input, "already");
}

TEST(ExportedModelOf, WhatNoDirectorySaysIsRefused) {
  recipe::ModelRecipe layers, prefix;
  layers.layers = "1,2";
  prefix.bidirectional = "all";
  prefix.prefix = true;
  EXPECT_KINDRED_ERROR(require_exportable(open(layers, golden("models/qwen3"))),
                       ErrorKind::unsupported, "model.layers");
  EXPECT_KINDRED_ERROR(require_exportable(open(prefix, golden("models/qwen3"))),
                       ErrorKind::unsupported, "model.prefix");
}

}  // namespace
}  // namespace kindred::train
