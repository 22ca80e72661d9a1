#include "model/modules.h"

#include <gtest/gtest.h>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using testing::expect_error;

Config config(const std::string& text) {
  return Config::parse(text, "config.json");
}

std::vector<Module> modules(const std::vector<std::string>& types) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& type : types) {
    list.push_back({{"idx", list.size()}, {"path", std::to_string(list.size())}, {"type", type}});
  }
  return read_modules(list.dump(), "modules.json");
}

TEST(Modules, ReadsOldAndNewClassPaths) {
  const auto old =
      modules({"sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling",
               "sentence_transformers.models.Dense", "sentence_transformers.models.Normalize"});
  const auto recent = modules({"sentence_transformers.base.modules.transformer.Transformer",
                               "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
                               "sentence_transformers.base.modules.dense.Dense",
                               "sentence_transformers.base.modules.normalize.Normalize"});
  ASSERT_EQ(old.size(), 4U);
  ASSERT_EQ(recent.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(old[i].kind, recent[i].kind);
  EXPECT_EQ(old[2].path, "2");
}

TEST(Modules, RefusesOtherClassesByName) {
  for (const char* name : {"CNN", "LSTM", "CLIPModel", "WordEmbeddings", "BoW", "LayerNorm",
                           "WeightedLayerPooling", "Router", "Asym", "WordWeights"}) {
    expect_error(ErrorKind::unsupported, {"modules.json[1]", name}, [&] {
      modules({"sentence_transformers.models.Transformer",
               std::string("sentence_transformers.models.") + name});
    });
  }
  expect_error(ErrorKind::unsupported, {"modeling_foo.Transformer"},
               [] { modules({"modeling_foo.Transformer"}); });
}

TEST(Modules, RefusesOrdersWithoutAVector) {
  const std::string base = "sentence_transformers.models.";
  for (const auto& order :
       std::vector<std::vector<std::string>>{{},
                                             {"Transformer"},
                                             {"Pooling", "Transformer"},
                                             {"Transformer", "Dense", "Pooling"},
                                             {"Transformer", "Pooling", "Pooling"},
                                             {"StaticEmbedding", "Pooling"}}) {
    std::vector<std::string> types;
    for (const std::string& name : order) types.push_back(base + name);
    expect_error(ErrorKind::unsupported, {"modules.json"}, [&] { modules(types); });
  }
  EXPECT_EQ(modules({base + "StaticEmbedding", base + "Normalize"}).size(), 2U);
  EXPECT_EQ(modules({base + "Transformer", base + "Pooling", base + "Dropout"}).size(), 3U);
}

TEST(Modules, PathsStayInside) {
  for (const char* path : {"/etc", "../x", "a/../../b", ".."}) {
    expect_error(ErrorKind::corrupt, {"path"}, [&] {
      read_modules(nlohmann::json::array(
                       {{{"path", path}, {"type", "sentence_transformers.models.StaticEmbedding"}}})
                       .dump(),
                   "modules.json");
    });
  }
}

TEST(Pooling, OldBooleansAreConcatenatedInTheirOrder) {
  EXPECT_EQ(to_string(read_pooling(config(R"({"word_embedding_dimension": 8})"))), "mean");
  EXPECT_EQ(to_string(read_pooling(config(R"({"pooling_mode_lasttoken": true})"))), "last");
  EXPECT_EQ(to_string(read_pooling(config(
                R"({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true,
                    "pooling_mode_weightedmean_tokens": true, "include_prompt": false})"))),
            "cls+mean+weighted");
  EXPECT_FALSE(read_pooling(config(R"({"include_prompt": false})")).include_prompt);
}

TEST(Pooling, NewModesKeepTheirOrderAndWin) {
  EXPECT_EQ(to_string(read_pooling(config(R"({"pooling_mode": "lasttoken"})"))), "last");
  EXPECT_EQ(to_string(read_pooling(config(R"({"pooling_mode": ["mean_sqrt_len_tokens", "cls"],
                                              "pooling_mode_max_tokens": true})"))),
            "sqrt+cls");
  expect_error(ErrorKind::unsupported, {"pooling_mode", "attention"},
               [] { read_pooling(config(R"({"pooling_mode": "attention"})")); });
  expect_error(ErrorKind::unsupported, {"pooling_mode_new"},
               [] { read_pooling(config(R"({"pooling_mode_new": true})")); });
  expect_error(ErrorKind::corrupt, {"pooling_mode"},
               [] { read_pooling(config(R"({"pooling_mode": []})")); });
}

TEST(Pooling, ParsesWhatPeopleType) {
  EXPECT_EQ(to_string(parse_pooling("cls+mean")), "cls+mean");
  EXPECT_EQ(to_string(parse_pooling("weightedmean")), "weighted");
  EXPECT_EQ(to_string(parse_pooling("idf")), "idf");
  for (const char* text : {"", "cls+", "+", "median", "cls,mean"}) {
    expect_error(ErrorKind::bad_input, {"weighted", text}, [&] { parse_pooling(text); });
  }
}

TEST(Dense, ReadsActivationsAndResidual) {
  const DenseConfig dense = read_dense(config(
      R"({"in_features": 4, "out_features": 4, "bias": false, "use_residual": true,
          "activation_function": "torch.nn.modules.linear.Identity"})"));
  EXPECT_EQ(dense.activation, DenseActivation::identity);
  EXPECT_FALSE(dense.bias);
  EXPECT_TRUE(dense.residual);
  EXPECT_EQ(read_dense(config(R"({"in_features": 4, "out_features": 2})")).activation,
            DenseActivation::tanh);
  expect_error(ErrorKind::unsupported, {"activation_function", "Mish"}, [] {
    read_dense(config(R"({"in_features": 4, "out_features": 2,
                          "activation_function": "torch.nn.modules.activation.Mish"})"));
  });
  expect_error(ErrorKind::unsupported, {"use_residual"}, [] {
    read_dense(config(R"({"in_features": 4, "out_features": 2, "use_residual": true})"));
  });
  expect_error(ErrorKind::unsupported, {"module_input_name", "token_embeddings"}, [] {
    read_dense(config(R"({"in_features": 4, "out_features": 2,
                          "module_input_name": "token_embeddings"})"));
  });
  expect_error(ErrorKind::corrupt, {"in_features"},
               [] { read_dense(config(R"({"in_features": 0, "out_features": 2})")); });
}

TEST(TransformerSettings, RefusesWhatIsNoTextEncoder) {
  const auto read = [](const std::string& text) { return read_transformer_settings(config(text)); };
  EXPECT_EQ(read(R"({"max_seq_length": 256, "do_lower_case": true})").max_length, 256U);
  EXPECT_EQ(read(R"({"max_seq_length": null})").max_length, std::nullopt);
  EXPECT_EQ(read(R"({"transformer_task": "feature-extraction", "modality_config": {"text":
      {"method": "forward", "method_output_name": "last_hidden_state"}},
      "module_output_name": "token_embeddings"})")
                .max_length,
            std::nullopt);
  expect_error(ErrorKind::unsupported, {"transformer_task", "fill-mask"},
               [&] { read(R"({"transformer_task": "fill-mask"})"); });
  expect_error(ErrorKind::unsupported, {"modality_config"},
               [&] { read(R"({"modality_config": {"image": {}}})"); });
  expect_error(ErrorKind::unsupported, {"query_length"}, [&] { read(R"({"query_length": 32})"); });
  expect_error(ErrorKind::unsupported, {"chat_template", "tools"}, [&] {
    read(R"({"modality_config": {"text": {}, "message": {}},
             "processing_kwargs": {"chat_template": {"tools": []}}})");
  });
}

TEST(ModelSettings, ReadsPromptsAndDefaults) {
  const ModelSettings settings = read_model_settings(config(
      R"({"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query",
          "similarity_fn_name": "dot", "truncate_dim": 128})"));
  EXPECT_EQ(settings.prompts.at("query"), "query: ");
  EXPECT_EQ(settings.default_prompt, "query");
  EXPECT_EQ(settings.similarity, "dot");
  EXPECT_EQ(settings.truncate_dim, 128U);
  EXPECT_EQ(read_model_settings(config(R"({"similarity_fn_name": null})")).similarity, "cosine");
  expect_error(ErrorKind::unsupported, {"model_type", "SparseEncoder"},
               [] { read_model_settings(config(R"({"model_type": "SparseEncoder"})")); });
  expect_error(ErrorKind::corrupt, {"default_prompt_name"},
               [] { read_model_settings(config(R"({"default_prompt_name": "q"})")); });
}

TEST(MaxLength, IsTheSmallestOfWhatIsSaid) {
  const Config tokenizer = config(R"({"model_max_length": 512})");
  const Config endless = config(R"({"model_max_length": 1000000000000000019884624838656})");
  EXPECT_EQ(resolve_max_length({256, false}, tokenizer, 512), 256U);
  EXPECT_EQ(resolve_max_length({1024, false}, tokenizer, 512), 512U);
  EXPECT_EQ(resolve_max_length({}, tokenizer, 8192), 512U);
  EXPECT_EQ(resolve_max_length({}, endless, 8192), 8192U);
  EXPECT_EQ(resolve_max_length({}, config("{}"), 514), 514U);
  EXPECT_EQ(resolve_max_length({}, endless, 0), 0U);
}

}  // namespace
}  // namespace kindred::model
