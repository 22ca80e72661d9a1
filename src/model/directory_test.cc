#include "model/directory.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/gguf_builder.h"
#include "kindred/model.h"
#include "model/test_support.h"

namespace kindred::model {
namespace {

using nlohmann::json;
using testing::expect_error;
using testing::TemporaryDirectory;

const std::string kGolden = std::string(KINDRED_TEST_DATA) + "/golden/models/";

json module_list(const std::vector<std::pair<std::string, std::string>>& modules) {
  json list = json::array();
  for (const auto& [name, path] : modules) {
    list.push_back({{"idx", list.size()},
                    {"name", std::to_string(list.size())},
                    {"path", path},
                    {"type", "sentence_transformers.models." + name}});
  }
  return list;
}

class GoldenDirectory : public ::testing::TestWithParam<const char*> {};

// Every family, in the spellings of transformers 4 and 5, with the prefixes that checkpoints have.
TEST_P(GoldenDirectory, Opens) {
  const ModelDirectory model = ModelDirectory::open(kGolden + GetParam());
  EXPECT_EQ(model.weights.layers.size(), model.spec.layers.size());
  EXPECT_EQ(model.weights.word_embeddings.rows(), model.spec.vocab_size);
  EXPECT_EQ(model.weights.word_embeddings.columns(), model.spec.hidden);
  EXPECT_EQ(model.info.dimensions, model.spec.hidden);
  EXPECT_GT(model.info.parameters, 0U);
  EXPECT_FALSE(model.tokenizer_path.empty());
  EXPECT_EQ(model.weights.layers[0].gate.weight.empty(), !model.spec.gated);
}

INSTANTIATE_TEST_SUITE_P(
    Families, GoldenDirectory,
    ::testing::Values("bert-gelu", "bert-gelu-new", "bert-relu-one-type", "distilbert",
                      "distilbert-sinusoidal-relu", "gemma3", "gemma3-bias", "gemma3-bidirectional",
                      "gguf-bert-f16", "gguf-llama-q4_1", "gguf-llama3-rope-f32", "gguf-qwen2-q8_0",
                      "gguf-qwen3-q4_0", "llama", "llama-biases-llama3-sharded", "llama-linear",
                      "mistral", "mistral-head-dim", "modernbert", "modernbert-biases", "mpnet",
                      "mpnet-long", "qwen2", "qwen2-window", "qwen2-yarn", "qwen3",
                      "qwen3-bias-linear", "roberta", "roberta-masked-lm", "xlm-roberta",
                      "xlm-roberta-gelu-tanh"));

TEST(ModelDirectory, FusedMatricesAreViewsOfTheirRows) {
  const ModelDirectory model = ModelDirectory::open(kGolden + "modernbert-biases");
  const LayerWeights& layer = model.weights.layers[1];
  const std::size_t hidden = model.spec.hidden;
  EXPECT_EQ(layer.key.weight.shape, (std::vector<std::size_t>{hidden, hidden}));
  EXPECT_EQ(layer.key.weight.data, layer.query.weight.data + layer.query.weight.bytes);
  EXPECT_EQ(layer.value.weight.data, layer.key.weight.data + layer.key.weight.bytes);
  EXPECT_EQ(layer.value.bias.data, layer.key.bias.data + layer.key.bias.bytes);
  EXPECT_EQ(layer.value.bias.shape, std::vector<std::size_t>{hidden});
  EXPECT_EQ(layer.up.weight.data, layer.gate.weight.data + layer.gate.weight.bytes);
}

TEST(ModelDirectory, PlainDirectoriesHaveTheDocumentedPooling) {
  TemporaryDirectory directory;
  directory.copy_golden("qwen2");
  directory.set("config.json", "architectures", {"Qwen2Model"});
  EXPECT_EQ(ModelDirectory::open(directory.path()).info.pooling, "mean");
  directory.set("config.json", "architectures", {"Qwen2ForCausalLM"});
  EXPECT_EQ(ModelDirectory::open(directory.path()).info.pooling, "last");
  EXPECT_TRUE(ModelDirectory::open(directory.path()).info.causal);
  directory.set("config.json", "is_causal", false);
  EXPECT_EQ(ModelDirectory::open(directory.path()).info.pooling, "mean");
  EXPECT_FALSE(ModelDirectory::open(directory.path()).info.causal);
  EXPECT_EQ(ModelDirectory::open(directory.path()).info.format, "huggingface");
}

TEST(ModelDirectory, GteQwen2AppendsItsEndOfText) {
  TemporaryDirectory directory;
  directory.copy_golden("qwen2");
  EXPECT_TRUE(ModelDirectory::open(directory.path()).append_ids.empty());
  directory.set("config.json", "auto_map", {{"AutoModel", "modeling_qwen.Qwen2Model"}});
  directory.set("config.json", "eos_token_id", 5);
  EXPECT_EQ(ModelDirectory::open(directory.path()).append_ids, std::vector<std::uint32_t>{5});
}

class SentenceTransformers : public ::testing::Test {
 protected:
  void SetUp() override {
    directory.copy_golden("bert-gelu", "0_Transformer");
    hidden = directory.read_json("0_Transformer/config.json")["hidden_size"];
    directory.write("0_Transformer/sentence_bert_config.json",
                    R"({"max_seq_length": 12, "do_lower_case": true})");
    directory.write("1_Pooling/config.json", R"({"pooling_mode_cls_token": true,
                                                 "pooling_mode_mean_tokens": true})");
    directory.write("2_Dense/config.json",
                    json({{"in_features", 2 * hidden},
                          {"out_features", 5},
                          {"activation_function", "torch.nn.modules.activation.Tanh"}})
                        .dump());
    directory.write_tensors("2_Dense/model.safetensors",
                            {{"linear.weight", {5, 2 * hidden}}, {"linear.bias", {5}}});
    directory.write("config_sentence_transformers.json",
                    R"({"prompts": {"query": "query: "}, "default_prompt_name": "query",
                        "truncate_dim": 3})");
    write_modules({{"Transformer", "0_Transformer"},
                   {"Pooling", "1_Pooling"},
                   {"Dense", "2_Dense"},
                   {"Normalize", "3_Normalize"}});
  }
  void write_modules(const std::vector<std::pair<std::string, std::string>>& modules) {
    directory.write("modules.json", module_list(modules).dump());
  }

  TemporaryDirectory directory;
  std::size_t hidden = 0;
};

TEST_F(SentenceTransformers, ReadsAllModules) {
  const ModelDirectory model = ModelDirectory::open(directory.path());
  const ModelInfo& info = model.info;
  EXPECT_EQ(info.format, "sentence-transformers");
  EXPECT_EQ(info.pooling, "cls+mean");
  EXPECT_EQ(info.max_length, 12U);
  EXPECT_TRUE(info.normalize);
  EXPECT_EQ(info.dimensions, 3U);
  EXPECT_EQ(info.default_prompt, "query");
  EXPECT_EQ(info.similarity, "cosine");
  ASSERT_EQ(model.head.size(), 2U);
  EXPECT_EQ(model.head[0].dense.linear.weight.shape, (std::vector<std::size_t>{5, 2 * hidden}));
  EXPECT_EQ(info.modules[2], "Dense " + std::to_string(2 * hidden) + "→5 tanh");
  EXPECT_EQ(model.weight_files.size(), 2U);
  EXPECT_EQ(model.require_tokenizer(), directory.file("0_Transformer"));
}

TEST_F(SentenceTransformers, WeightsOutliveTheDirectory) {
  io::TensorView weight;
  std::shared_ptr<const void> storage;
  {
    const ModelDirectory model = ModelDirectory::open(directory.path());
    weight = model.head[0].dense.linear.weight;
    storage = model.weights.storage;
  }
  EXPECT_EQ(weight.to_floats().size(), 10 * hidden);
}

TEST_F(SentenceTransformers, DenseMustFitThePooling) {
  directory.write("1_Pooling/config.json", R"({"pooling_mode": "mean"})");
  expect_error(ErrorKind::corrupt, {"2_Dense"}, [&] { ModelDirectory::open(directory.path()); });
}

TEST_F(SentenceTransformers, MissingSettingsAreNamed) {
  std::filesystem::remove(directory.file("1_Pooling/config.json"));
  expect_error(ErrorKind::not_found, {"1_Pooling/config.json"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST_F(SentenceTransformers, TokenizersWithoutJsonAreExplained) {
  std::filesystem::remove(directory.file("0_Transformer/tokenizer.json"));
  expect_error(ErrorKind::not_found, {"tokenizer.json"},
               [&] { ModelDirectory::open(directory.path()).require_tokenizer(); });
}

TEST(ModelDirectory, ConfigsThatContradictTheWeights) {
  const struct {
    const char* key;
    json value;
    ErrorKind kind;
    std::initializer_list<std::string> parts;
  } cases[] = {
      {"num_hidden_layers", 9, ErrorKind::not_found, {"encoder.layer."}},
      {"vocab_size", 41, ErrorKind::corrupt, {"word_embeddings", "41"}},
      {"max_position_embeddings", 7, ErrorKind::corrupt, {"position_embeddings", "7"}},
      {"type_vocab_size", 7, ErrorKind::corrupt, {"token_type_embeddings", "7"}},
      {"intermediate_size", 7, ErrorKind::corrupt, {"intermediate.dense.weight", "7"}},
  };
  for (const auto& item : cases) {
    TemporaryDirectory directory;
    directory.copy_golden("bert-gelu");
    directory.set("config.json", item.key, item.value);
    expect_error(item.kind, item.parts, [&] { ModelDirectory::open(directory.path()); });
  }
}

TEST(ModelDirectory, WrongFamilyIsExplained) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu");
  directory.set("config.json", "model_type", "llama");
  expect_error(ErrorKind::not_found, {"embed_tokens.weight", "llama"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST(ModelDirectory, SaysWhatIsNoModel) {
  TemporaryDirectory directory;
  expect_error(ErrorKind::not_found, {"modules.json"},
               [&] { ModelDirectory::open(directory.path()); });
  expect_error(ErrorKind::not_found, {"nowhere"}, [] { ModelDirectory::open("/nowhere"); });
  directory.write("model.safetensors", "x");
  expect_error(ErrorKind::bad_input, {"model.safetensors"},
               [&] { ModelDirectory::open(directory.file("model.safetensors")); });
  directory.write("a.gguf", "x");
  directory.write("b.gguf", "x");
  expect_error(ErrorKind::bad_input, {"a.gguf, b.gguf"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST(ModelDirectory, PartsOfAGgufFileAreExplained) {
  TemporaryDirectory directory;
  directory.write("a.gguf", io::GgufBuilder(0, 1)
                                .key("split.count", io::GgufValueType::uint16)
                                .number<std::uint16_t>(3)
                                .data(0)
                                .text());
  expect_error(ErrorKind::unsupported, {"a.gguf", "3 parts", "--merge"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST(ModelDirectory, AdaptersAndManyFilesAreExplained) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu");
  std::filesystem::rename(directory.file("model.safetensors"),
                          directory.file("adapter_model.safetensors"));
  expect_error(ErrorKind::unsupported, {"adapter"},
               [&] { ModelDirectory::open(directory.path()); });
  directory.write("a.safetensors", "x");
  directory.write("b.safetensors", "x");
  expect_error(ErrorKind::bad_input, {"a.safetensors, b.safetensors"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST(StaticModel, ReadsSentenceTransformersTables) {
  TemporaryDirectory directory;
  directory.write_tensors("0_StaticEmbedding/model.safetensors", {{"embedding.weight", {7, 4}}});
  directory.write("0_StaticEmbedding/tokenizer.json", "{}");
  directory.write("modules.json", module_list({{"StaticEmbedding", "0_StaticEmbedding"}}).dump());
  const ModelDirectory model = ModelDirectory::open(directory.path());
  EXPECT_TRUE(model.is_static);
  EXPECT_EQ(model.info.format, "static");
  EXPECT_EQ(model.info.dimensions, 4U);
  EXPECT_EQ(model.info.max_length, 0U);
  EXPECT_FALSE(model.info.normalize);
  EXPECT_EQ(model.static_embeddings.shape, (std::vector<std::size_t>{7, 4}));
}

io::TensorView view(const std::string& name, io::DType type, std::vector<std::size_t> shape,
                    const void* data, std::size_t bytes) {
  io::TensorView result;
  result.name = name;
  result.dtype = type;
  result.shape = std::move(shape);
  result.data = static_cast<const std::byte*>(data);
  result.bytes = bytes;
  return result;
}

class Model2vec : public ::testing::Test {
 protected:
  void write(const std::vector<std::int64_t>& mapping, const std::vector<float>& weights) {
    const float table[] = {1.0F, 2.0F, 3.0F, 4.0F};
    const std::vector<io::TensorView> tensors = {
        view("embeddings", io::DType::f32, {2, 2}, table, sizeof(table)),
        view("mapping", io::DType::i64, {mapping.size()}, mapping.data(), mapping.size() * 8),
        view("weights", io::DType::f32, {weights.size()}, weights.data(), weights.size() * 4)};
    io::write_safetensors(directory.file("model.safetensors"), tensors);
    directory.write("config.json", R"({"model_type": "model2vec", "normalize": true})");
  }
  TemporaryDirectory directory;
};

TEST_F(Model2vec, FoldsMappingAndWeights) {
  write({1, 0, 1}, {1.0F, 2.0F, 0.5F});
  const ModelDirectory model = ModelDirectory::open(directory.path());
  EXPECT_EQ(model.static_embeddings.to_floats(),
            (std::vector<float>{3.0F, 4.0F, 2.0F, 4.0F, 1.5F, 2.0F}));
  EXPECT_TRUE(model.info.normalize);
  EXPECT_EQ(model.info.vocab_size, 3U);
}

TEST_F(Model2vec, ReadsIntegersOfAnEarlyFile) {
  const std::int8_t table[] = {1, -2, 127, -128};
  const float weights[] = {1.0F, 0.5F};
  const std::vector<io::TensorView> tensors = {
      view("embeddings", io::DType::i8, {2, 2}, table, sizeof(table)),
      view("weights", io::DType::f32, {2}, weights, sizeof(weights))};
  io::write_safetensors(directory.file("model.safetensors"), tensors);
  directory.write("config.json", R"({"normalize": true, "embedding_dtype": "int8"})");
  const ModelDirectory model = ModelDirectory::open(directory.path());
  EXPECT_EQ(model.static_embeddings.to_floats(), (std::vector<float>{1.0F, -2.0F, 63.5F, -64.0F}));
}

TEST_F(Model2vec, ChecksMappingAndWeights) {
  write({1, 2}, {1.0F, 1.0F});
  expect_error(ErrorKind::corrupt, {"mapping", "2"},
               [&] { ModelDirectory::open(directory.path()); });
  write({-1}, {1.0F});
  expect_error(ErrorKind::corrupt, {"mapping", "-1"},
               [&] { ModelDirectory::open(directory.path()); });
  write({1, 0}, {1.0F});
  expect_error(ErrorKind::corrupt, {"weights"}, [&] { ModelDirectory::open(directory.path()); });
}

TEST(RealModels, MiniLm) {
  const std::string path = std::string(KINDRED_MODELS) + "/all-MiniLM-L6-v2";
  if (!io::is_directory(path)) GTEST_SKIP() << "no " << path << "; scripts/models lays it out";
  const ModelInfo info = inspect(path);
  EXPECT_EQ(info.family, "bert");
  EXPECT_EQ(info.layers, 6U);
  EXPECT_EQ(info.dimensions, 384U);
  EXPECT_EQ(info.max_length, 256U);
  EXPECT_EQ(info.pooling, "mean");
  EXPECT_TRUE(info.normalize);
  EXPECT_EQ(info.parameters, 22565376U);
  EXPECT_EQ(info.weight_types, "F32");
  EXPECT_EQ(info.fingerprint.size(), 64U);
}

TEST(RealModels, SmolLm2) {
  const std::string path = std::string(KINDRED_MODELS) + "/smollm2-135m-instruct";
  if (!io::is_directory(path)) GTEST_SKIP() << "no " << path << "; scripts/models lays it out";
  const ModelDirectory model = ModelDirectory::open(path);
  EXPECT_EQ(model.info.format, "gguf");
  EXPECT_EQ(model.info.family, "llama");
  EXPECT_EQ(model.info.layers, 30U);
  EXPECT_EQ(model.info.hidden, 576U);
  EXPECT_EQ(model.info.heads, 9U);
  EXPECT_EQ(model.info.kv_heads, 3U);
  EXPECT_EQ(model.info.pooling, "last");
  EXPECT_EQ(model.info.weight_types, "Q4_1+Q8_0");
  EXPECT_TRUE(model.spec.ropes[0].interleaved);
}

}  // namespace
}  // namespace kindred::model
