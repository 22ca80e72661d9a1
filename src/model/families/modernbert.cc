// ModernBERT: pre-norm encoder, rotary, mostly local attention (transformers: models/modernbert).
#include "model/families/family.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

/// `rope_parameters` by kind of layer (transformers 5), or `global_rope_theta` and
/// `local_rope_theta` (4), where a null local one means the global one.
RopeParameters read_rope_kind(const Config& config, const char* kind, const char* theta_key,
                              double default_theta, std::size_t max_positions) {
  const double theta = config.number(theta_key, 1.0001, 1e15, default_theta);
  if (config.has("rope_scaling")) {
    return read_rope(config.object("rope_scaling"), theta, max_positions);
  }
  const Config parameters = config.object("rope_parameters");
  parameters.allow_only({"full_attention", "sliding_attention"},
                        "this family has rotary settings by the layer's kind");
  return read_rope(parameters.object(kind), theta, max_positions);
}

}  // namespace

Architecture read_modernbert(const Config& config) {
  refuse_decoder_settings(config);
  Architecture result;
  result.spec = read_sizes(config, {.vocab_size = 50368,
                                    .hidden = 768,
                                    .layers = 22,
                                    .heads = 12,
                                    .intermediate = 1152,
                                    .max_positions = 8192});
  TransformerSpec& spec = result.spec;
  spec.activation = read_activation(config, "hidden_activation", "gelu");
  make_bert_like(spec, config.number("norm_eps", 0.0, 1.0, 1e-5));
  if (spec.head_dim % 2 != 0) {
    config.reject("num_attention_heads", "heads of an odd dimension cannot be rotated in pairs");
  }
  spec.placement = NormPlacement::pre;
  spec.final_norm = true;
  spec.gated = true;
  spec.positions = Positions::rotary;

  const double global_theta = 160000.0;
  const bool null_local =
      config.json().contains("local_rope_theta") && !config.has("local_rope_theta");
  const double local_theta =
      null_local ? config.number("global_rope_theta", 1.0001, 1e15, global_theta) : 10000.0;
  spec.ropes.push_back(make_rope(read_rope_kind(config, "full_attention", "global_rope_theta",
                                                global_theta, spec.max_positions),
                                 spec.head_dim));
  spec.ropes.push_back(make_rope(read_rope_kind(config, "sliding_attention", "local_rope_theta",
                                                local_theta, spec.max_positions),
                                 spec.head_dim));

  const std::size_t period = config.count("global_attn_every_n_layers", 1, kMaxLayers, 3);
  const std::size_t window = config.count("local_attention", 2, kMaxPositions, 128);
  const std::vector<bool> sliding =
      read_layer_types(config, spec.layers.size(), [&](std::size_t i) { return i % period != 0; });
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    // The window counts both sides: half of it lies before a token, half after it.
    spec.layers[i] = make_causal_layer(/*causal=*/false, sliding[i] ? window / 2 : 0);
    spec.layers[i].rope = sliding[i] ? 1 : 0;
    spec.layers[i].has_attention_norm = i > 0;
  }

  TensorNames& names = result.names;
  names.prefixes = {"", "model.", "0.auto_model."};
  names.word_embeddings = "embeddings.tok_embeddings";
  names.embedding_norm = "embeddings.norm";
  names.final_norm = "final_norm";
  names.layer = "layers.{}.";
  names.attention_norm = "attn_norm";
  names.feed_forward_norm = "mlp_norm";
  names.query_key_value = "attn.Wqkv";
  names.attention_output = "attn.Wo";
  names.gate_up = "mlp.Wi";
  names.down = "mlp.Wo";
  const auto presence = [&](const char* key) {
    return config.flag(key, false) ? Presence::required : Presence::absent;
  };
  result.biases.query_key_value = presence("attention_bias");
  result.biases.attention_output = presence("attention_bias");
  result.biases.feed_forward = presence("mlp_bias");
  result.biases.norm = presence("norm_bias");
  return result;
}

}  // namespace kindred::model
