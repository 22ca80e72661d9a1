// Llama and Mistral (transformers: models/llama, models/mistral).
#include "model/families/family.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

Architecture read_sizes_and_rope(const Config& config, const SizeDefaults& defaults,
                                 std::size_t default_kv_heads) {
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec = read_sizes(config, defaults);
  // A key that is there but null means as many as heads; only an absent one has the default.
  const bool null_kv = config.json().contains("num_key_value_heads") || default_kv_heads == 0;
  spec.kv_heads =
      config.count("num_key_value_heads", 1, kMaxHeads, null_kv ? spec.heads : default_kv_heads);
  spec.head_dim = config.count("head_dim", 1, kMaxHeadDim, spec.head_dim);
  make_llama_like(config, spec);
  spec.activation = read_activation(config, "hidden_act", "silu");
  spec.ropes = {make_rope(read_rope_of(config, 10000.0, spec.max_positions), spec.head_dim)};
  result.names = llama_names();
  return result;
}

}  // namespace

Architecture read_llama(const Config& config) {
  Architecture result = read_sizes_and_rope(config,
                                            {.vocab_size = 32000,
                                             .hidden = 4096,
                                             .layers = 32,
                                             .heads = 32,
                                             .intermediate = 11008,
                                             .max_positions = 2048},
                                            /*default_kv_heads=*/0);
  for (LayerSpec& layer : result.spec.layers) {
    layer = make_causal_layer(config.flag("is_causal", true), /*window=*/0);
  }
  if (config.flag("attention_bias", false)) {
    result.biases.query_key_value = Presence::required;
    result.biases.attention_output = Presence::required;
  }
  if (config.flag("mlp_bias", false)) result.biases.feed_forward = Presence::required;
  return result;
}

Architecture read_mistral(const Config& config) {
  Architecture result = read_sizes_and_rope(config,
                                            {.vocab_size = 32000,
                                             .hidden = 4096,
                                             .layers = 32,
                                             .heads = 32,
                                             .intermediate = 14336,
                                             .max_positions = 131072},
                                            /*default_kv_heads=*/8);
  const bool no_window = config.json().contains("sliding_window") && !config.has("sliding_window");
  const std::size_t window = no_window ? 0 : config.count("sliding_window", 1, kMaxPositions, 4096);
  for (LayerSpec& layer : result.spec.layers) {
    layer = make_causal_layer(config.flag("is_causal", true), window);
  }
  return result;
}

}  // namespace kindred::model
