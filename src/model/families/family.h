// What the families share: the registry's form, common fields, and common shapes. Tested by
// architecture_test.cc.
#pragma once

#include <cstddef>
#include <string>

#include "model/architecture.h"
#include "model/config.h"
#include "model/spec.h"

namespace kindred::model {

Architecture read_bert(const Config& config);
Architecture read_roberta(const Config& config);
Architecture read_distilbert(const Config& config);
Architecture read_mpnet(const Config& config);
Architecture read_modernbert(const Config& config);
Architecture read_llama(const Config& config);
Architecture read_mistral(const Config& config);
Architecture read_qwen2(const Config& config);
Architecture read_qwen3(const Config& config);
Architecture read_gemma3_text(const Config& config);

/// Bounds that no real model comes near; products of them stay far below 2^63.
constexpr std::size_t kMaxLayers = 1024;
constexpr std::size_t kMaxWidth = std::size_t{1} << 18;
constexpr std::size_t kMaxHeads = 4096;
constexpr std::size_t kMaxHeadDim = 4096;
constexpr std::size_t kMaxVocabulary = std::size_t{1} << 26;
constexpr std::size_t kMaxPositions = std::size_t{1} << 28;

/// The defaults that a family's own configuration class has in `transformers`.
struct SizeDefaults {
  std::size_t vocab_size, hidden, layers, heads, intermediate, max_positions;
};

/// Reads the sizes by the names that most families share, and head_dim as hidden / heads.
TransformerSpec read_sizes(const Config& config, const SizeDefaults& defaults);

/// `hidden_act` and the like, in `transformers`' names.
Activation read_activation(const Config& config, std::string_view key, const std::string& fallback);

/// Refuses what the BERT kin may ask and Kindred does not do: decoders, relative positions.
void refuse_decoder_settings(const Config& config);

/// Post-norm encoder with learned positions, as BERT is: norms, positions and the sizes' checks.
void make_bert_like(TransformerSpec& spec, double norm_eps);
TensorNames bert_names(const std::string& prefix);

/// Decoder with RMS norms before each part, rotary positions and a gated feed-forward, as Llama is.
void make_llama_like(const Config& config, TransformerSpec& spec);
TensorNames llama_names();

/// "full_attention" or "sliding_attention", a layer each: `layer_types` where the file has it.
/// `sliding(i)` says it otherwise.
template <typename Sliding>
std::vector<bool> read_layer_types(const Config& config, std::size_t layers, Sliding sliding);
std::vector<bool> layer_types_of(const Config& config, std::size_t layers, bool& given);

/// A causal layer that sees `window` tokens, itself included (0: all before it); bidirectional for
/// `is_causal: false`, where `transformers` counts the window on each side.
LayerSpec make_causal_layer(bool causal, std::size_t window);

template <typename Sliding>
std::vector<bool> read_layer_types(const Config& config, std::size_t layers, Sliding sliding) {
  bool given = false;
  std::vector<bool> types = layer_types_of(config, layers, given);
  for (std::size_t i = 0; !given && i < layers; ++i) types[i] = sliding(i);
  return types;
}

}  // namespace kindred::model
