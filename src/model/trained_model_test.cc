#include "model/trained_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kindred/tokenizer.h"
#include "model/fingerprint.h"
#include "model/test_support.h"
#include "model/trained_copy.h"

namespace kindred::model {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;
using testing::TrainedCopy;

std::vector<std::vector<float>> values_of(const TransformerWeights& weights) {
  std::vector<std::vector<float>> values;
  for_each_tensor(
      weights, [&](const io::TensorView& tensor, bool) { values.push_back(tensor.to_floats()); });
  return values;
}

/// A small model, and what a trainer made of it.
struct Trained {
  explicit Trained(const std::string& golden) {
    directory.copy_golden(golden, "model");
    source = ModelDirectory::open(directory.file("model"));
    copy.emplace(source.weights);
    model.weights = copy->weights;
  }
  ModelDirectory write(const std::string& name = "out") {
    write_trained(source, model, directory.file(name));
    return ModelDirectory::open(directory.file(name));
  }

  TemporaryDirectory directory;
  ModelDirectory source;
  std::optional<TrainedCopy> copy;
  TrainedModel model;
};

class RoundTrip : public ::testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, GivesBackEveryBit) {
  Trained trained(GetParam());
  const ModelDirectory out = trained.write();
  EXPECT_EQ(values_of(out.weights), values_of(trained.copy->weights));
  EXPECT_NE(values_of(out.weights), values_of(trained.source.weights));
  EXPECT_EQ(normalized_configuration(out), normalized_configuration(trained.source));
  EXPECT_EQ(out.info.max_length, trained.source.info.max_length);
  EXPECT_EQ(out.info.format, "sentence-transformers");
  EXPECT_EQ(out.info.weight_types, "F32");
  EXPECT_EQ(trained.directory.read_json("out/config.json")["dtype"], "float32");
  // Names stay as they were, so that other programs find them.
  std::vector<std::string> names;
  for_each_tensor(trained.source.weights,
                  [&](const io::TensorView& tensor, bool) { names.push_back(tensor.name); });
  std::size_t next = 0;
  for_each_tensor(out.weights, [&](const io::TensorView& tensor, bool) {
    EXPECT_EQ(tensor.name, names.at(next++));
  });
}

INSTANTIATE_TEST_SUITE_P(Families, RoundTrip,
                         ::testing::Values("bert-gelu", "bert-gelu-new", "distilbert",
                                           "xlm-roberta", "roberta", "mpnet", "modernbert-biases",
                                           "qwen2", "qwen2-window", "qwen2-yarn", "qwen3", "llama",
                                           "llama-biases-llama3-sharded", "mistral", "gemma3",
                                           "gemma3-bidirectional"),
                         [](const auto& model) {
                           std::string name = model.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(TrainedModel, WritesHalfTheBytesWhereAsked) {
  Trained trained("qwen3");
  trained.model.dtype = io::DType::bf16;
  const ModelDirectory out = trained.write();
  EXPECT_EQ(out.weights.layers[0].query.weight.dtype, io::DType::bf16);
  EXPECT_EQ(out.weights.final_norm.weight.dtype, io::DType::f32);
  EXPECT_EQ(trained.directory.read_json("out/config.json")["dtype"], "bfloat16");
  const auto got = out.weights.layers[1].down.weight.to_floats();
  const auto wanted = trained.copy->weights.layers[1].down.weight.to_floats();
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], wanted[i], std::fabs(wanted[i]) / 256);
}

HeadStep dense_step(const std::vector<float>& weight, const std::vector<float>& bias) {
  HeadStep step{HeadStep::Kind::dense, {}};
  const auto view = [](const std::vector<float>& values, std::vector<std::size_t> shape) {
    io::TensorView tensor;
    tensor.shape = std::move(shape);
    tensor.data = reinterpret_cast<const std::byte*>(values.data());
    tensor.bytes = values.size() * sizeof(float);
    return tensor;
  };
  step.dense.linear.weight = view(weight, {bias.size(), weight.size() / bias.size()});
  step.dense.linear.bias = view(bias, {bias.size()});
  return step;
}

TEST(TrainedModel, HeadPoolingPromptsAndLength) {
  Trained trained("bert-gelu");
  const std::size_t hidden = trained.source.spec.hidden;
  std::vector<float> weight(3 * 2 * hidden);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i);
  const std::vector<float> bias = {1.0F, 2.0F, 3.0F};
  trained.model.head =
      std::vector{dense_step(weight, bias), HeadStep{HeadStep::Kind::normalize, {}}};
  trained.model.head->front().dense.activation = DenseActivation::silu;
  trained.model.pooling = PoolingSpec{{PoolingMode::cls, PoolingMode::mean}, false};
  trained.model.prompts = std::map<std::string, std::string>{{"query", "find: "}, {"passage", ""}};
  trained.model.default_prompt = "query";
  trained.model.max_length = 17;
  trained.model.card = "# A model\n";
  const ModelDirectory out = trained.write();
  EXPECT_EQ(out.info.pooling, "cls+mean");
  EXPECT_FALSE(out.info.include_prompt);
  EXPECT_EQ(out.info.dimensions, 3U);
  EXPECT_TRUE(out.info.normalize);
  EXPECT_EQ(out.info.prompts, *trained.model.prompts);
  EXPECT_EQ(out.info.default_prompt, "query");
  EXPECT_EQ(out.info.max_length, 17U);
  ASSERT_EQ(out.head.size(), 2U);
  EXPECT_EQ(out.head[0].dense.linear.weight.to_floats(), weight);
  EXPECT_EQ(out.head[0].dense.linear.bias.to_floats(), bias);
  EXPECT_EQ(out.head[0].dense.activation, DenseActivation::silu);
  EXPECT_EQ(io::read_text_file(trained.directory.file("out/README.md")), "# A model\n");
  // And what is written is trained on.
  TrainedModel again;
  const TrainedCopy copy(out.weights);
  again.weights = copy.weights;
  write_trained(out, again, trained.directory.file("again"));
  const ModelDirectory second = ModelDirectory::open(trained.directory.file("again"));
  EXPECT_EQ(normalized_configuration(second), normalized_configuration(out));
  EXPECT_EQ(second.head[0].dense.linear.weight.to_floats(), weight);
  EXPECT_FALSE(io::is_file(trained.directory.file("again/README.md")));
}

TEST(TrainedModel, PoolingFlagsUntilTheirOrderDoesNotDo) {
  Trained trained("qwen3");
  trained.model.pooling = PoolingSpec{{PoolingMode::mean, PoolingMode::last}};
  EXPECT_EQ(trained.write("flags").info.pooling, "mean+last");
  EXPECT_TRUE(trained.directory.read_json("flags/1_Pooling/config.json")["pooling_mode_lasttoken"]);
  trained.model.pooling = PoolingSpec{{PoolingMode::last, PoolingMode::mean}};
  EXPECT_EQ(trained.write("list").info.pooling, "last+mean");
  EXPECT_EQ(trained.directory.read_json("list/1_Pooling/config.json")["pooling_mode"],
            (nlohmann::json{"lasttoken", "mean"}));
  trained.model.pooling = PoolingSpec{{PoolingMode::idf}};
  expect_error(ErrorKind::unsupported, {"idf"}, [&] { trained.write("idf"); });
}

TEST(TrainedModel, BothDirectionsInAllLayers) {
  Trained trained("qwen2");
  trained.model.bidirectional = "all";
  const ModelDirectory out = trained.write();
  EXPECT_EQ(out.bidirectional, "all");
  EXPECT_TRUE(out.spec.causal()) << "as without it";
  const nlohmann::json config = trained.directory.read_json("out/config.json");
  EXPECT_EQ(config["is_causal"], false);
  EXPECT_EQ(config["kindred_attention"]["bidirectional"], "all");
  EXPECT_NE(normalized_configuration(out), normalized_configuration(trained.source));
  // Kept by the next training, and undone by it.
  TrainedModel again;
  again.weights = out.weights;
  write_trained(out, again, trained.directory.file("kept"));
  EXPECT_EQ(ModelDirectory::open(trained.directory.file("kept")).bidirectional, "all");
  again.bidirectional = "none";
  write_trained(out, again, trained.directory.file("undone"));
  EXPECT_EQ(ModelDirectory::open(trained.directory.file("undone")).bidirectional, "");
  EXPECT_FALSE(trained.directory.read_json("undone/config.json").contains("is_causal"));
}

// transformers counts a window on each side once the model is not causal.
TEST(TrainedModel, BothDirectionsWithinWindows) {
  Trained trained("gemma3");
  trained.model.bidirectional = "all";
  const ModelDirectory out = trained.write();
  nlohmann::json config = trained.directory.read_json("out/config.json");
  const std::size_t window = trained.directory.read_json("model/config.json")["sliding_window"];
  EXPECT_EQ(config["sliding_window"], window - 1);
  config.erase("kindred_attention");
  trained.directory.write("out/config.json", config.dump());
  const ModelDirectory theirs = ModelDirectory::open(trained.directory.file("out"));
  ASSERT_FALSE(theirs.spec.causal());
  for (std::size_t i = 0; i < out.spec.layers.size(); ++i) {
    EXPECT_EQ(theirs.spec.layers[i].reach.left, out.spec.layers[i].bidirectional_reach.left);
    EXPECT_EQ(theirs.spec.layers[i].reach.right, out.spec.layers[i].bidirectional_reach.right);
  }
}

TEST(TrainedModel, BothDirectionsInSomeLayersAreKindredsAlone) {
  Trained trained("llama");
  trained.model.bidirectional = "0";
  EXPECT_EQ(trained.write().bidirectional, "0");
  EXPECT_FALSE(trained.directory.read_json("out/config.json").contains("is_causal"));
  trained.model.bidirectional = "0-7";
  expect_error(ErrorKind::bad_input, {"0-7"}, [&] { trained.write("far"); });
  EXPECT_FALSE(io::is_directory(trained.directory.file("far")));
}

TEST(TrainedModel, ReadsNoAttentionOfLaterVersions) {
  Trained trained("llama");
  for (const nlohmann::json& bad :
       {nlohmann::json{{"version", 2}}, nlohmann::json{{"version", 1}, {"prefix", true}}}) {
    trained.directory.set("model/config.json", "kindred_attention", bad);
    expect_error(ErrorKind::unsupported, {"kindred_attention"},
                 [&] { ModelDirectory::open(trained.directory.file("model")); });
  }
  trained.directory.set("model/config.json", "kindred_attention", {{"bidirectional", "3-99"}});
  expect_error(ErrorKind::bad_input, {"3-99"},
               [&] { ModelDirectory::open(trained.directory.file("model")); });
}

TEST(TrainedModel, ATokenOfItsOwnEndsEveryText) {
  Trained trained("qwen3");
  const AppendedToken token = next_token(trained.source, "<|kindred_cls|>");
  EXPECT_EQ(token.id, trained.source.spec.vocab_size) << "the toy tokenizer fills the table";
  trained.copy->add_rows(1, 0.25F);
  trained.model.weights = trained.copy->weights;
  trained.model.appended = token;
  trained.model.pooling = PoolingSpec{{PoolingMode::mean, PoolingMode::last}};
  const ModelDirectory out = trained.write();
  EXPECT_EQ(out.spec.vocab_size, token.id + 1);
  const Tokenizer tokenizer = Tokenizer::open(out.require_tokenizer());
  EXPECT_EQ(tokenizer.encode("t7 t3").ids, (std::vector<std::uint32_t>{7, 3, token.id}));
  EXPECT_TRUE(tokenizer.is_special(token.id));
  EXPECT_EQ(tokenizer.added_token_count(), 1U);
  EXPECT_EQ(out.weights.word_embeddings.to_floats().back(), 0.25F);
  expect_error(ErrorKind::bad_input, {"already"}, [&] { next_token(out, token.content); });
}

TEST(TrainedModel, RefusesValuesThatAreNotFinite) {
  Trained trained("modernbert");
  trained.copy->buffers.back()[1] = std::numeric_limits<float>::quiet_NaN();
  expect_error(ErrorKind::corrupt, {"not finite", "layers.3.mlp_norm.weight"},
               [&] { trained.write(); });
  EXPECT_EQ(io::list_directory(trained.directory.path()), std::vector<std::string>{"model"});
}

TEST(TrainedModel, RefusesOtherShapes) {
  Trained trained("bert-gelu");
  trained.model.weights.layers[0].up.weight.shape[0] -= 1;
  expect_error(ErrorKind::bad_input, {"intermediate.dense.weight"}, [&] { trained.write(); });
  trained.model.weights.layers.pop_back();
  expect_error(ErrorKind::bad_input, {"tensors"}, [&] { trained.write(); });
}

TEST(TrainedModel, TakesOverWhatBelongsToTheModel) {
  Trained trained("bert-gelu");
  trained.directory.write("model/LICENSE", "free");
  trained.directory.write("model/README.md", "another model's card");
  trained.directory.write("model/model.onnx", "another model's weights");
  trained.directory.write("model/tokenizer_config.json", R"({"model_max_length": 30})");
  trained.source = ModelDirectory::open(trained.directory.file("model"));
  trained.write();
  EXPECT_EQ(io::list_directory(trained.directory.file("out")),
            (std::vector<std::string>{"1_Pooling", "LICENSE", "config.json",
                                      "config_sentence_transformers.json", "model.safetensors",
                                      "modules.json", "sentence_bert_config.json", "tokenizer.json",
                                      "tokenizer_config.json"}));
}

}  // namespace
}  // namespace kindred::model
