// Gemma 3's text model, EmbeddingGemma included (transformers: models/gemma3).
#include <cmath>

#include "model/families/family.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

/// Global layers carry `rope_scaling`, local ones have a theta of their own.
void read_ropes(const Config& config, TransformerSpec& spec) {
  const Config parameters = config.object("rope_parameters");
  parameters.allow_only({"full_attention", "sliding_attention"},
                        "this family has rotary settings by the layer's kind");
  const double global_theta = config.number("rope_theta", 1.0001, 1e15, 1000000.0);
  const double local_theta = config.number("rope_local_base_freq", 1.0001, 1e15, 10000.0);
  const char* scaling = "rope_scaling";
  const Config global =
      config.has(scaling) ? config.object(scaling) : parameters.object("full_attention");
  spec.ropes = {
      make_rope(read_rope(global, global_theta, spec.max_positions), spec.head_dim),
      make_rope(read_rope(parameters.object("sliding_attention"), local_theta, spec.max_positions),
                spec.head_dim)};
}

}  // namespace

Architecture read_gemma3_text(const Config& config) {
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec = read_sizes(config, {.vocab_size = 262208,
                             .hidden = 2304,
                             .layers = 26,
                             .heads = 8,
                             .intermediate = 9216,
                             .max_positions = 131072});
  spec.kv_heads = config.count("num_key_value_heads", 1, kMaxHeads, 4);
  spec.head_dim = config.count("head_dim", 1, kMaxHeadDim, 256);
  make_llama_like(config, spec);
  spec.norm = NormKind::rms_one_plus;
  spec.placement = NormPlacement::sandwich;
  spec.activation = read_activation(config, "hidden_activation", "gelu_pytorch_tanh");
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.hidden));
  spec.qk_norm = true;
  spec.attention_scale =
      1.0F /
      std::sqrt(static_cast<float>(config.number("query_pre_attn_scalar", 1e-3, 1e9, 256.0)));
  spec.attention_softcap =
      static_cast<float>(config.number("attn_logit_softcapping", 1e-3, 1e9, 0.0));
  read_ropes(config, spec);

  const std::size_t window = config.count("sliding_window", 1, kMaxPositions, 4096);
  const std::size_t period = config.count("sliding_window_pattern", 1, kMaxLayers, 6);
  const bool both_ways = config.flag("use_bidirectional_attention", false);
  const bool causal = !both_ways && config.flag("is_causal", true);
  const std::vector<bool> sliding = read_layer_types(
      config, spec.layers.size(), [&](std::size_t i) { return (i + 1) % period != 0; });
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    // EmbeddingGemma's window counts both sides.
    const std::size_t reach = both_ways ? window / 2 : window;
    spec.layers[i] = make_causal_layer(causal, sliding[i] ? reach : 0);
    if (sliding[i] && reach == 0)
      spec.layers[i].reach = spec.layers[i].bidirectional_reach = {0, 0};
    spec.layers[i].rope = sliding[i] ? 1 : 0;
  }

  TensorNames& names = result.names;
  names = llama_names();
  names.attention_post_norm = "post_attention_layernorm";
  names.feed_forward_norm = "pre_feedforward_layernorm";
  names.feed_forward_post_norm = "post_feedforward_layernorm";
  names.query_norm = "self_attn.q_norm";
  names.key_norm = "self_attn.k_norm";
  if (config.flag("attention_bias", false)) {
    result.biases.query_key_value = Presence::required;
    result.biases.attention_output = Presence::required;
  }
  return result;
}

}  // namespace kindred::model
