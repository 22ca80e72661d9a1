#include "model/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/test_support.h"
#include "model/weights.h"

namespace kindred::model {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;

/// Every value within `share` of its row's largest.
void expect_close(const io::TensorView& got, const io::TensorView& wanted, float share) {
  ASSERT_EQ(got.shape, wanted.shape) << wanted.name;
  std::vector<float> a(got.columns());
  std::vector<float> b(got.columns());
  for (std::size_t row = 0; row < got.rows(); ++row) {
    got.read_row(row, a.data());
    wanted.read_row(row, b.data());
    float largest = 0.0F;
    for (const float value : b) largest = std::max(largest, std::fabs(value));
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_NEAR(a[i], b[i], share * largest) << wanted.name << " " << row << " " << i;
    }
  }
}

void expect_close_models(const ModelDirectory& got, const ModelDirectory& wanted, float share) {
  std::vector<io::TensorView> tensors;
  for_each_tensor(got.weights,
                  [&](const io::TensorView& tensor, bool) { tensors.push_back(tensor); });
  std::size_t next = 0;
  for_each_tensor(wanted.weights, [&](const io::TensorView& tensor, bool linear) {
    ASSERT_LT(next, tensors.size());
    const bool table = tensor.name == wanted.weights.word_embeddings.name;
    expect_close(tensors[next++], tensor, linear ? share : table ? 1.0F / 256 : 0.0F);
  });
  EXPECT_EQ(next, tensors.size());
}

class Quantized : public ::testing::TestWithParam<const char*> {};

TEST_P(Quantized, ReadsBackWithinItsPrecision) {
  TemporaryDirectory directory;
  directory.copy_golden(GetParam(), "model");
  const ModelDirectory source = ModelDirectory::open(directory.file("model"));
  write_quantized(source, directory.file("bf16"), WeightFormat::bf16, {});
  write_quantized(source, directory.file("int8"), WeightFormat::int8, {});
  const ModelDirectory bf16 = ModelDirectory::open(directory.file("bf16"));
  const ModelDirectory int8 = ModelDirectory::open(directory.file("int8/"));
  expect_close_models(bf16, source, 1.0F / 256);
  expect_close_models(int8, source, 0.502F / 127);
  EXPECT_EQ(int8.weights.layers[0].query.weight.dtype, io::DType::i8);
  EXPECT_EQ(bf16.info.pooling, source.info.pooling);
  EXPECT_EQ(io::read_text_file(directory.file("int8/tokenizer.json")),
            io::read_text_file(directory.file("model/tokenizer.json")));

  // Quantising again changes nothing.
  write_quantized(int8, directory.file("again"), WeightFormat::int8, {});
  expect_close_models(ModelDirectory::open(directory.file("again")), int8, 1e-6F);
}

INSTANTIATE_TEST_SUITE_P(Families, Quantized,
                         ::testing::Values("bert-gelu", "modernbert-biases", "qwen3",
                                           "llama-biases-llama3-sharded", "mpnet"));

TEST(Quantize, KeepsTheOtherModules) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu", "model/0_Transformer");
  const std::size_t hidden = directory.read_json("model/0_Transformer/config.json")["hidden_size"];
  directory.write("model/modules.json", R"([
      {"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
      {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
      {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])");
  directory.write("model/1_Pooling/config.json", R"({"pooling_mode": "cls"})");
  directory.write("model/2_Dense/config.json",
                  nlohmann::json({{"in_features", hidden}, {"out_features", 3}}).dump());
  directory.write_tensors("model/2_Dense/model.safetensors",
                          {{"linear.weight", {3, hidden}}, {"linear.bias", {3}}}, {0.5F, -2.0F});
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  const QuantizeResult result =
      quantize(directory.file("model"), directory.file("out"), WeightFormat::int8,
               [&](std::uint64_t now, std::uint64_t all) {
                 EXPECT_GE(now, done);
                 done = now;
                 total = all;
               });
  EXPECT_EQ(done, total);
  EXPECT_LT(result.bytes_after, result.bytes_before);
  const ModelDirectory out = ModelDirectory::open(directory.file("out"));
  EXPECT_EQ(out.info.pooling, "cls");
  ASSERT_EQ(out.head.size(), 1U);
  EXPECT_EQ(out.head[0].dense.linear.weight.to_floats()[1], -2.0F);
}

TEST(Quantize, StaticTables) {
  TemporaryDirectory directory;
  directory.write_tensors("model/model.safetensors", {{"embedding.weight", {3, 2}}},
                          {1.0F, -0.5F, 0.0F, 0.0F, 3.0F, 4.0F});
  directory.write("model/modules.json",
                  R"([{"path": "", "type": "sentence_transformers.models.StaticEmbedding"}])");
  quantize(directory.file("model"), directory.file("out"), WeightFormat::int8);
  const std::vector<float> values =
      ModelDirectory::open(directory.file("out")).static_embeddings.to_floats();
  EXPECT_NEAR(values[0], 1.0F, 1e-6);
  EXPECT_NEAR(values[1], -0.5F, 0.004F);
  EXPECT_EQ(values[2], 0.0F);
  EXPECT_NEAR(values[4], 3.0F, 0.016F);
}

// NaN in one weight makes every vector NaN.
TEST(Quantize, RefusesWhatIsNotFinite) {
  const float values[] = {std::nanf(""), INFINITY, -INFINITY};
  for (const float value : values) {
    TemporaryDirectory directory;
    directory.write_tensors("model/model.safetensors", {{"embedding.weight", {3, 2}}},
                            {1.0F, -0.5F, 0.0F, 0.0F, 3.0F, value});
    directory.write("model/modules.json",
                    R"([{"path": "", "type": "sentence_transformers.models.StaticEmbedding"}])");
    for (const WeightFormat format : {WeightFormat::int8, WeightFormat::bf16}) {
      expect_error(ErrorKind::corrupt, {"model.safetensors", "embedding.weight", "row 2"},
                   [&] { quantize(directory.file("model"), directory.file("out"), format); });
    }
    EXPECT_EQ(io::list_directory(directory.path()), std::vector<std::string>{"model"});
  }
}

TEST(Quantize, LooksAtEveryTensorBeforeItWrites) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu", "model/0_Transformer");
  const std::size_t hidden = directory.read_json("model/0_Transformer/config.json")["hidden_size"];
  directory.write("model/modules.json", R"([
      {"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
      {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
      {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}])");
  directory.write("model/1_Pooling/config.json", R"({"pooling_mode": "cls"})");
  directory.write("model/2_Dense/config.json",
                  nlohmann::json({{"in_features", hidden}, {"out_features", 3}}).dump());
  directory.write_tensors("model/2_Dense/model.safetensors",
                          {{"linear.weight", {3, hidden}}, {"linear.bias", {3}}},
                          {0.0F, std::nanf("")});
  expect_error(ErrorKind::corrupt, {"linear.weight", "row 0"}, [&] {
    quantize(directory.file("model"), directory.file("out"), WeightFormat::int8);
  });
  EXPECT_EQ(io::list_directory(directory.path()), std::vector<std::string>{"model"});
}

TEST(Quantize, LeavesNothingHalfWritten) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu", "model");
  directory.write("taken/x", "y");
  expect_error(ErrorKind::bad_input, {"taken", "exists"}, [&] {
    quantize(directory.file("model"), directory.file("taken"), WeightFormat::bf16);
  });
  struct Stop {};
  EXPECT_THROW(quantize(directory.file("model"), directory.file("out"), WeightFormat::bf16,
                        [](std::uint64_t, std::uint64_t) { throw Stop(); }),
               Stop);
  EXPECT_EQ(io::list_directory(directory.path()), (std::vector<std::string>{"model", "taken"}));
}

TEST(Quantize, RefusesGgufAndNewerLayouts) {
  TemporaryDirectory directory;
  directory.copy_golden("gguf-llama-q4_1", "gguf");
  expect_error(ErrorKind::unsupported, {"GGUF"}, [&] {
    quantize(directory.file("gguf"), directory.file("out"), WeightFormat::int8);
  });
  directory.copy_golden("bert-gelu", "model");
  directory.set("model/config.json", "kindred_quantization", {{"version", 2}});
  expect_error(ErrorKind::unsupported, {"kindred_quantization", "version"},
               [&] { ModelDirectory::open(directory.file("model")); });
}

TEST(Quantize, ScalesMustFitTheirMatrix) {
  TemporaryDirectory directory;
  const std::int8_t integers[6] = {1, 2, 3, 4, 5, 6};
  const float scales[3] = {1.0F, 1.0F, 1.0F};
  io::TensorView matrix;
  matrix.name = "embedding.weight";
  matrix.dtype = io::DType::i8;
  matrix.shape = {2, 3};
  matrix.data = reinterpret_cast<const std::byte*>(integers);
  matrix.bytes = sizeof(integers);
  directory.write("modules.json",
                  R"([{"path": "", "type": "sentence_transformers.models.StaticEmbedding"}])");
  io::write_safetensors(directory.file("model.safetensors"), std::span(&matrix, 1));
  expect_error(ErrorKind::unsupported, {"embedding.weight", "I8"},
               [&] { ModelDirectory::open(directory.path()); });
  io::TensorView scale = matrix;
  scale.name = "embedding.weight_scale";
  scale.dtype = io::DType::f32;
  scale.shape = {3};
  scale.data = reinterpret_cast<const std::byte*>(scales);
  scale.bytes = sizeof(scales);
  const std::vector<io::TensorView> both = {matrix, scale};
  io::write_safetensors(directory.file("model.safetensors"), both);
  expect_error(ErrorKind::corrupt, {"embedding.weight_scale", "2"},
               [&] { ModelDirectory::open(directory.path()); });
}

}  // namespace
}  // namespace kindred::model
