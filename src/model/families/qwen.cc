// Qwen2 (and 2.5) and Qwen3 (transformers: models/qwen2, models/qwen3). The Qwen2 of gte-Qwen2 and
// its kin, whose remote code is modeling_qwen.Qwen2Model, sees in both directions.
#include "model/families/family.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

bool is_causal(const Config& config) {
  const bool remote_code = config.object("auto_map").has("AutoModel");
  return config.flag("is_causal", !remote_code);
}

Architecture read_qwen(const Config& config, std::size_t default_head_dim) {
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec = read_sizes(config, {.vocab_size = 151936,
                             .hidden = 4096,
                             .layers = 32,
                             .heads = 32,
                             .intermediate = 22016,
                             .max_positions = 32768});
  const bool null_kv = config.json().contains("num_key_value_heads");
  spec.kv_heads = config.count("num_key_value_heads", 1, kMaxHeads, null_kv ? spec.heads : 32);
  spec.head_dim = config.count("head_dim", 1, kMaxHeadDim,
                               default_head_dim > 0 ? default_head_dim : spec.head_dim);
  make_llama_like(config, spec);
  spec.activation = read_activation(config, "hidden_act", "silu");
  spec.ropes = {make_rope(read_rope_of(config, 10000.0, spec.max_positions), spec.head_dim)};

  const bool windowed = config.flag("use_sliding_window", false) &&
                        (config.has("sliding_window") || !config.json().contains("sliding_window"));
  const std::size_t window = windowed ? config.count("sliding_window", 1, kMaxPositions, 4096) : 0;
  const std::size_t first = config.count("max_window_layers", 0, kMaxPositions, 28);
  const std::vector<bool> sliding = read_layer_types(
      config, spec.layers.size(), [&](std::size_t i) { return windowed && i >= first; });
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (sliding[i] && !windowed) {
      config.reject("layer_types", "sliding_attention needs use_sliding_window and sliding_window");
    }
    spec.layers[i] = make_causal_layer(is_causal(config), sliding[i] ? window : 0);
  }
  result.names = llama_names();
  return result;
}

}  // namespace

Architecture read_qwen2(const Config& config) {
  Architecture result = read_qwen(config, /*default_head_dim=*/0);
  result.biases.query_key_value = Presence::required;
  return result;
}

Architecture read_qwen3(const Config& config) {
  Architecture result = read_qwen(config, /*default_head_dim=*/128);
  result.spec.qk_norm = true;
  result.names.query_norm = "self_attn.q_norm";
  result.names.key_norm = "self_attn.k_norm";
  if (config.flag("attention_bias", false)) {
    result.biases.query_key_value = Presence::required;
    result.biases.attention_output = Presence::required;
  }
  return result;
}

}  // namespace kindred::model
