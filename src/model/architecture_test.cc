#include "model/architecture.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using nlohmann::json;
using testing::expect_error;

constexpr auto kAll = AttentionReach::kUnbounded;

Architecture read(json config) {
  return read_architecture(Config::parse(config.dump(), "config.json"));
}

json encoder(const std::string& type) {
  return {{"model_type", type},           {"vocab_size", 40},         {"hidden_size", 24},
          {"num_hidden_layers", 3},       {"num_attention_heads", 4}, {"intermediate_size", 32},
          {"max_position_embeddings", 20}};
}

json decoder(const std::string& type) {
  json config = encoder(type);
  config["num_key_value_heads"] = 2;
  config["head_dim"] = 8;
  return config;
}

json with(json config, const std::string& key, const json& value) {
  config[key] = value;
  return config;
}

void expect_reach(const AttentionReach& reach, std::uint32_t left, std::uint32_t right) {
  EXPECT_EQ(reach.left, left);
  EXPECT_EQ(reach.right, right);
}

TEST(Architecture, Bert) {
  const Architecture bert = read(encoder("bert"));
  const TransformerSpec& spec = bert.spec;
  EXPECT_EQ(spec.family, "bert");
  EXPECT_EQ(spec.head_dim, 6U);
  EXPECT_EQ(spec.layers.size(), 3U);
  EXPECT_EQ(spec.positions, Positions::learned);
  EXPECT_EQ(spec.placement, NormPlacement::post);
  EXPECT_EQ(spec.norm_eps, 1e-12F);
  EXPECT_EQ(spec.activation, Activation::gelu_erf);
  EXPECT_FLOAT_EQ(spec.attention_scale, 1.0F / std::sqrt(6.0F));
  EXPECT_EQ(bert.token_types, 2U);
  EXPECT_FALSE(spec.causal());
  EXPECT_EQ(read(with(encoder("bert"), "hidden_act", "gelu_new")).spec.activation,
            Activation::gelu_tanh);
}

TEST(Architecture, RobertaPositionsStartBehindThePaddingId) {
  for (const char* type : {"roberta", "xlm-roberta"}) {
    const TransformerSpec spec = read(with(encoder(type), "pad_token_id", 3)).spec;
    EXPECT_EQ(spec.position_offset, 4U);
    EXPECT_EQ(spec.max_positions, 16U);
    EXPECT_EQ(spec.family, type);
  }
  expect_error(ErrorKind::corrupt, {"max_position_embeddings"},
               [] { read(with(encoder("roberta"), "pad_token_id", 19)); });
}

TEST(Architecture, Distilbert) {
  const TransformerSpec spec = read({{"model_type", "distilbert"},
                                     {"dim", 24},
                                     {"n_heads", 4},
                                     {"n_layers", 2},
                                     {"hidden_dim", 48},
                                     {"activation", "relu"}})
                                   .spec;
  EXPECT_EQ(spec.hidden, 24U);
  EXPECT_EQ(spec.intermediate, 48U);
  EXPECT_EQ(spec.max_positions, 512U);
  EXPECT_EQ(spec.activation, Activation::relu);
}

TEST(Architecture, Mpnet) {
  const TransformerSpec spec = read(encoder("mpnet")).spec;
  EXPECT_EQ(spec.positions, Positions::relative_bias);
  EXPECT_EQ(spec.relative_buckets, 32U);
  EXPECT_EQ(spec.relative_max_distance, 128U);
  EXPECT_EQ(spec.position_offset, 2U);
  expect_error(ErrorKind::unsupported, {"relative_attention_num_buckets", "16"},
               [] { read(with(encoder("mpnet"), "relative_attention_num_buckets", 16)); });
}

TEST(Architecture, Modernbert) {
  json config = encoder("modernbert");
  config["local_attention"] = 10;
  config["num_hidden_layers"] = 4;
  config["global_rope_theta"] = 5000.0;
  const TransformerSpec spec = read(config).spec;
  EXPECT_TRUE(spec.gated);
  EXPECT_TRUE(spec.final_norm);
  EXPECT_TRUE(spec.embedding_norm);
  EXPECT_FALSE(spec.layers[0].has_attention_norm);
  EXPECT_TRUE(spec.layers[1].has_attention_norm);
  expect_reach(spec.layers[0].reach, kAll, kAll);
  expect_reach(spec.layers[1].reach, 5, 5);
  expect_reach(spec.layers[3].reach, kAll, kAll);
  EXPECT_EQ(spec.layers[1].rope, 1U);
  EXPECT_NEAR(spec.ropes[0].inverse_frequencies[1], std::pow(5000.0, -1.0 / 3.0), 1e-7);
  EXPECT_NEAR(spec.ropes[1].inverse_frequencies[1], std::pow(10000.0, -1.0 / 3.0), 1e-7);
  config["local_rope_theta"] = nullptr;
  EXPECT_EQ(read(config).spec.ropes[1].inverse_frequencies, spec.ropes[0].inverse_frequencies);
  config["rope_parameters"] = {{"rope_type", "default"}};
  expect_error(ErrorKind::unsupported, {"rope_parameters", "rope_type"}, [&] { read(config); });
}

TEST(Architecture, Llama) {
  const Architecture llama = read(with(decoder("llama"), "mlp_bias", true));
  const TransformerSpec& spec = llama.spec;
  EXPECT_TRUE(spec.causal());
  EXPECT_EQ(spec.kv_heads, 2U);
  EXPECT_EQ(spec.head_dim, 8U);
  EXPECT_EQ(spec.ropes[0].inverse_frequencies.size(), 4U);
  EXPECT_FALSE(spec.ropes[0].interleaved);
  EXPECT_EQ(llama.biases.feed_forward, Presence::required);
  EXPECT_EQ(llama.biases.query_key_value, Presence::absent);
  expect_reach(spec.layers[0].reach, kAll, 0);
  expect_reach(spec.layers[0].bidirectional_reach, kAll, kAll);
  EXPECT_FALSE(read(with(decoder("llama"), "is_causal", false)).spec.causal());
  json plain = encoder("llama");
  EXPECT_EQ(read(plain).spec.kv_heads, 4U);
  EXPECT_EQ(read(plain).spec.head_dim, 6U);
}

TEST(Architecture, MistralWindow) {
  json config = decoder("mistral");
  expect_reach(read(config).spec.layers[0].reach, 4095, 0);
  config["sliding_window"] = 5;
  expect_reach(read(config).spec.layers[2].reach, 4, 0);
  expect_reach(read(config).spec.layers[2].bidirectional_reach, 4, 4);
  config["sliding_window"] = nullptr;
  expect_reach(read(config).spec.layers[0].reach, kAll, 0);
  config["num_attention_heads"] = 16;
  config.erase("num_key_value_heads");
  EXPECT_EQ(read(config).spec.kv_heads, 8U);
}

TEST(Architecture, Qwen2WindowsAndDirections) {
  json config = decoder("qwen2");
  config["sliding_window"] = 6;
  config["max_window_layers"] = 1;
  expect_reach(read(config).spec.layers[2].reach, kAll, 0);
  config["use_sliding_window"] = true;
  expect_reach(read(config).spec.layers[0].reach, kAll, 0);
  expect_reach(read(config).spec.layers[2].reach, 5, 0);
  EXPECT_EQ(read(config).biases.query_key_value, Presence::required);
  EXPECT_EQ(read(config).biases.attention_output, Presence::absent);

  config["use_sliding_window"] = false;
  config["layer_types"] = {"full_attention", "full_attention", "sliding_attention"};
  expect_error(ErrorKind::corrupt, {"layer_types", "use_sliding_window"}, [&] { read(config); });
  config["layer_types"] = {"full_attention"};
  expect_error(ErrorKind::corrupt, {"layer_types", "1 entries for 3"}, [&] { read(config); });
  config["layer_types"] = {"full_attention", "linear_attention", "full_attention"};
  expect_error(ErrorKind::unsupported, {"layer_types", "linear_attention"}, [&] { read(config); });
}

TEST(Architecture, GteQwen2SeesBothWays) {
  json config = decoder("qwen2");
  config["auto_map"] = {{"AutoModel", "modeling_qwen.Qwen2Model"}};
  EXPECT_FALSE(read(config).spec.causal());
  config["auto_map"] = {{"AutoModel", "owner/repository--modeling_qwen.Qwen2Model"}};
  EXPECT_FALSE(read(config).spec.causal());
  config["auto_map"] = {{"AutoModel", "modeling_other.Model"}};
  expect_error(ErrorKind::unsupported, {"auto_map", "modeling_other.Model"}, [&] { read(config); });
}

TEST(Architecture, Qwen3) {
  json config = decoder("qwen3");
  EXPECT_TRUE(read(config).spec.qk_norm);
  config.erase("head_dim");
  EXPECT_EQ(read(config).spec.head_dim, 128U);
}

TEST(Architecture, Gemma3) {
  json config = decoder("gemma3_text");
  config["sliding_window"] = 8;
  config["sliding_window_pattern"] = 3;
  config["query_pre_attn_scalar"] = 16;
  config["attn_logit_softcapping"] = 30.0;
  const TransformerSpec spec = read(config).spec;
  EXPECT_EQ(spec.norm, NormKind::rms_one_plus);
  EXPECT_EQ(spec.placement, NormPlacement::sandwich);
  EXPECT_FLOAT_EQ(spec.embedding_scale, std::sqrt(24.0F));
  EXPECT_FLOAT_EQ(spec.attention_scale, 0.25F);
  EXPECT_FLOAT_EQ(spec.attention_softcap, 30.0F);
  expect_reach(spec.layers[0].reach, 7, 0);
  expect_reach(spec.layers[2].reach, kAll, 0);
  EXPECT_EQ(spec.layers[0].rope, 1U);
  EXPECT_EQ(spec.layers[2].rope, 0U);

  config["use_bidirectional_attention"] = true;
  expect_reach(read(config).spec.layers[0].reach, 4, 4);
  expect_reach(read(config).spec.layers[2].reach, kAll, kAll);
}

TEST(Architecture, RefusesByNameFileAndValue) {
  const json bert = encoder("bert");
  const json llama = decoder("llama");
  const struct {
    json config;
    ErrorKind kind;
    std::initializer_list<std::string> parts;
  } cases[] = {
      {with(bert, "model_type", "nomic_bert"), ErrorKind::unsupported, {"nomic_bert", "qwen3"}},
      {with(bert, "model_type", nullptr), ErrorKind::corrupt, {"model_type"}},
      {with(bert, "position_embedding_type", "relative_key"),
       ErrorKind::unsupported,
       {"position_embedding_type", "relative_key"}},
      {with(bert, "is_decoder", true), ErrorKind::unsupported, {"is_decoder"}},
      {with(bert, "hidden_act", "mish"), ErrorKind::unsupported, {"hidden_act", "mish"}},
      {with(bert, "hidden_size", 25), ErrorKind::corrupt, {"25", "4 heads"}},
      {with(bert, "hidden_size", 0), ErrorKind::corrupt, {"hidden_size", "0"}},
      {with(bert, "hidden_size", -8), ErrorKind::corrupt, {"hidden_size", "-8"}},
      {with(bert, "hidden_size", 1e18), ErrorKind::corrupt, {"hidden_size"}},
      {with(bert, "num_hidden_layers", 1000000), ErrorKind::corrupt, {"num_hidden_layers"}},
      {with(bert, "num_attention_heads", "4"), ErrorKind::corrupt, {"num_attention_heads"}},
      {with(bert, "layer_norm_eps", "x"), ErrorKind::corrupt, {"layer_norm_eps"}},
      {with(bert, "auto_map", {{"AutoModel", "modeling_x.XModel"}}),
       ErrorKind::unsupported,
       {"AutoModel", "modeling_x.XModel"}},
      {with(llama, "num_key_value_heads", 3), ErrorKind::corrupt, {"num_key_value_heads", "3"}},
      {with(llama, "head_dim", 7), ErrorKind::corrupt, {"7 dimensions"}},
      {with(llama, "partial_rotary_factor", 0.5),
       ErrorKind::unsupported,
       {"partial_rotary_factor"}},
      {with(llama, "rope_scaling", {{"type", "longrope"}}), ErrorKind::unsupported, {"longrope"}},
      {with(decoder("gemma3_text"), "query_pre_attn_scalar", 0),
       ErrorKind::corrupt,
       {"query_pre_attn_scalar"}},
  };
  for (const auto& item : cases) {
    expect_error(item.kind, item.parts, [&] { read(item.config); });
  }
}

}  // namespace
}  // namespace kindred::model
