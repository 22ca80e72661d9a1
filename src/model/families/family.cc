// The registry of families and what they share.
#include "model/families/family.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

struct Family {
  const char* model_type;
  Architecture (*read)(const Config&);
};

constexpr Family kFamilies[] = {
    {"bert", read_bert},       {"distilbert", read_distilbert}, {"gemma3_text", read_gemma3_text},
    {"llama", read_llama},     {"mistral", read_mistral},       {"modernbert", read_modernbert},
    {"mpnet", read_mpnet},     {"qwen2", read_qwen2},           {"qwen3", read_qwen3},
    {"roberta", read_roberta}, {"xlm-roberta", read_roberta},
};

/// Remote code that computes what a family of ours computes.
constexpr std::string_view kKnownRemoteCode[] = {"modeling_qwen.Qwen2Model"};

void refuse_remote_code(const Config& config) {
  const Config map = config.object("auto_map");
  const std::string name = map.text("AutoModel", "");
  if (name.empty()) return;
  const std::size_t repository = name.find("--");  // "owner/repository--module.Class"
  const std::string local = repository == std::string::npos ? name : name.substr(repository + 2);
  for (const std::string_view known : kKnownRemoteCode) {
    if (local == known) return;
  }
  map.refuse("AutoModel",
             "the model is computed by Python code of its own, which Kindred cannot run");
}

}  // namespace

std::string known_families() {
  std::string names;
  for (const Family& family : kFamilies) {
    if (!names.empty()) names += ", ";
    names += family.model_type;
  }
  return names;
}

Architecture read_architecture(const Config& config) {
  const std::string type = config.text("model_type", "");
  if (type.empty())
    config.reject("model_type", "the file does not say which family the model is of");
  for (const Family& family : kFamilies) {
    if (type != family.model_type) continue;
    refuse_remote_code(config);
    Architecture architecture = family.read(config);
    architecture.spec.family = type;
    return architecture;
  }
  config.refuse("model_type", "Kindred knows the families " + known_families());
}

TransformerSpec read_sizes(const Config& config, const SizeDefaults& defaults) {
  TransformerSpec spec;
  spec.vocab_size = config.count("vocab_size", 1, kMaxVocabulary, defaults.vocab_size);
  spec.hidden = config.count("hidden_size", 1, kMaxWidth, defaults.hidden);
  spec.heads = config.count("num_attention_heads", 1, kMaxHeads, defaults.heads);
  spec.kv_heads = spec.heads;
  spec.head_dim = spec.hidden / spec.heads;
  spec.intermediate = config.count("intermediate_size", 1, kMaxWidth * 8, defaults.intermediate);
  spec.max_positions =
      config.count("max_position_embeddings", 1, kMaxPositions, defaults.max_positions);
  spec.layers.resize(config.count("num_hidden_layers", 1, kMaxLayers, defaults.layers));
  return spec;
}

Activation read_activation(const Config& config, std::string_view key,
                           const std::string& fallback) {
  static const std::map<std::string, Activation> kActivations = {
      {"gelu", Activation::gelu_erf},
      {"gelu_python", Activation::gelu_erf},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_python_tanh", Activation::gelu_tanh},
      {"relu", Activation::relu},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
  };
  const auto found = kActivations.find(config.text(key, fallback));
  if (found == kActivations.end()) {
    config.refuse(key,
                  "Kindred has the activations gelu, gelu_new, gelu_pytorch_tanh, relu and silu");
  }
  return found->second;
}

void refuse_decoder_settings(const Config& config) {
  for (const char* key : {"is_decoder", "add_cross_attention"}) {
    if (config.flag(key, false)) config.refuse(key, "Kindred runs this family as an encoder only");
  }
  if (config.text("position_embedding_type", "absolute") != "absolute") {
    config.refuse("position_embedding_type", "of this family Kindred has absolute positions only");
  }
}

void make_bert_like(TransformerSpec& spec, double norm_eps) {
  if (spec.hidden % spec.heads != 0) {
    fail(ErrorKind::corrupt, "the configuration's width {} is not a multiple of its {} heads",
         spec.hidden, spec.heads);
  }
  spec.embedding_norm = true;
  spec.positions = Positions::learned;
  spec.norm = NormKind::layer;
  spec.placement = NormPlacement::post;
  spec.norm_eps = static_cast<float>(norm_eps);
  spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(spec.head_dim));
}

TensorNames bert_names(const std::string& prefix) {
  TensorNames names;
  names.prefixes = {"", prefix, "model.", "encoder.", "0.auto_model."};
  names.word_embeddings = "embeddings.word_embeddings";
  names.position_embeddings = "embeddings.position_embeddings";
  names.token_type_embeddings = "embeddings.token_type_embeddings";
  names.embedding_norm = "embeddings.LayerNorm";
  names.layer = "encoder.layer.{}.";
  names.attention_norm = "attention.output.LayerNorm";
  names.feed_forward_norm = "output.LayerNorm";
  names.query = "attention.self.query";
  names.key = "attention.self.key";
  names.value = "attention.self.value";
  names.attention_output = "attention.output.dense";
  names.up = "intermediate.dense";
  names.down = "output.dense";
  return names;
}

void make_llama_like(const Config& config, TransformerSpec& spec) {
  if (spec.kv_heads > spec.heads || spec.heads % spec.kv_heads != 0) {
    config.reject("num_key_value_heads", "it must divide \"num_attention_heads\"");
  }
  if (spec.head_dim == 0 || spec.head_dim % 2 != 0) {
    fail(ErrorKind::corrupt, "{}: a head of {} dimensions cannot be rotated in pairs",
         config.origin(), spec.head_dim);
  }
  spec.positions = Positions::rotary;
  spec.norm = NormKind::rms;
  spec.placement = NormPlacement::pre;
  spec.norm_eps = static_cast<float>(config.number("rms_norm_eps", 0.0, 1.0, 1e-6));
  spec.final_norm = true;
  spec.activation = Activation::silu;
  spec.gated = true;
  spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(spec.head_dim));
}

TensorNames llama_names() {
  TensorNames names;
  names.prefixes = {"", "model.", "0.auto_model.", "language_model.", "language_model.model."};
  names.word_embeddings = "embed_tokens";
  names.final_norm = "norm";
  names.layer = "layers.{}.";
  names.attention_norm = "input_layernorm";
  names.feed_forward_norm = "post_attention_layernorm";
  names.query = "self_attn.q_proj";
  names.key = "self_attn.k_proj";
  names.value = "self_attn.v_proj";
  names.attention_output = "self_attn.o_proj";
  names.gate = "mlp.gate_proj";
  names.up = "mlp.up_proj";
  names.down = "mlp.down_proj";
  return names;
}

std::vector<bool> layer_types_of(const Config& config, std::size_t layers, bool& given) {
  std::vector<bool> sliding(layers, false);
  given = config.has("layer_types");
  if (!given) return sliding;
  const std::vector<std::string> types = config.texts("layer_types");
  if (types.size() != layers) {
    config.reject("layer_types",
                  fmt::format("it has {} entries for {} layers", types.size(), layers));
  }
  for (std::size_t i = 0; i < layers; ++i) {
    sliding[i] = types[i] == "sliding_attention";
    if (!sliding[i] && types[i] != "full_attention") {
      config.refuse("layer_types", "Kindred has full_attention and sliding_attention");
    }
  }
  return sliding;
}

LayerSpec make_causal_layer(bool causal, std::size_t window) {
  LayerSpec layer;
  if (window > 0) {
    const auto reach = static_cast<std::uint32_t>(causal ? window - 1 : window);
    layer.reach = {reach, reach};
  }
  layer.bidirectional_reach = layer.reach;
  if (causal) layer.reach.right = 0;
  return layer;
}

}  // namespace kindred::model
