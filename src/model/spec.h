// What a transformer is, as data: both executors run this, no family has a forward pass of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "io/tensor.h"

namespace kindred::model {

enum class NormKind {
  layer,         ///< (x - mean) / sqrt(var + eps) * weight + bias (bias may be absent)
  rms,           ///< x / sqrt(mean(x²) + eps) * weight
  rms_one_plus,  ///< as rms, times (1 + weight): Gemma
};

enum class NormPlacement {
  post,      ///< BERT: x = norm(x + f(x))
  pre,       ///< Llama: x = x + f(norm(x)), and a final norm
  sandwich,  ///< Gemma 3: x = x + norm2(f(norm1(x))), and a final norm
};

enum class Activation { gelu_erf, gelu_tanh, relu, silu };

enum class Positions {
  none,
  learned,  ///< a row of `position_embeddings` is added to each token (sinusoids stored as weights
            ///< too)
  rotary,
  relative_bias,  ///< MPNet: learned positions, and T5-style bucketed bias added to attention
                  ///< scores
};

/// One set of rotary frequencies; a layer names the set that it uses.
struct RopeSpec {
  /// rotary_dim / 2 values, scaling (linear, llama3, yarn …) folded in.
  std::vector<float> inverse_frequencies;
  float attention_factor = 1.0F;  ///< multiplies cos and sin (yarn)
  /// false: the pairs are (i, i + rotary_dim / 2), Hugging Face; true: (2i, 2i + 1), GGUF's Llama.
  bool interleaved = false;
};

/// Key j is visible to query i when i - j <= left and j - i <= right.
struct AttentionReach {
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t left = kUnbounded;
  std::uint32_t right = kUnbounded;  ///< 0: causal
};

struct LayerSpec {
  AttentionReach reach;
  /// What `reach` becomes when the layer is switched to bidirectional (--bidirectional): windows
  /// stay.
  AttentionReach bidirectional_reach;
  std::uint32_t rope = 0;          ///< index into `ropes`
  bool has_attention_norm = true;  ///< false: identity (ModernBERT's first layer)
};

struct TransformerSpec {
  std::string family;
  std::size_t vocab_size = 0;
  std::size_t hidden = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  std::size_t head_dim = 0;  ///< heads × head_dim need not equal hidden
  std::size_t intermediate = 0;
  /// The longest sequence; 0: no limit of the architecture's own.
  std::size_t max_positions = 0;

  float embedding_scale = 1.0F;  ///< Gemma: sqrt(hidden)
  bool embedding_norm = false;
  Positions positions = Positions::none;
  std::size_t position_offset = 0;  ///< RoBERTa, XLM-R, MPNet: padding_idx + 1; the
                                    ///< padding token itself takes the row before, uncounted

  NormKind norm = NormKind::layer;
  NormPlacement placement = NormPlacement::post;
  float norm_eps = 1e-12F;
  bool final_norm = false;

  Activation activation = Activation::gelu_erf;
  bool gated = false;  ///< down(act(gate(x)) * up(x)) rather than down(act(up(x)))

  float attention_scale = 0.0F;    ///< multiplies q·k; normally 1/sqrt(head_dim)
  float attention_softcap = 0.0F;  ///< > 0: cap * tanh(score / cap)
  bool qk_norm = false;            ///< RMS norm over each head's q and k before RoPE (kind `norm`)
  std::size_t relative_buckets = 0;
  std::size_t relative_max_distance = 0;

  std::vector<RopeSpec> ropes;
  std::vector<LayerSpec> layers;

  bool causal() const { return !layers.empty() && layers.front().reach.right == 0; }
};

struct LinearWeights {
  io::TensorView weight;  ///< [out, in]
  io::TensorView bias;    ///< [out], or empty
};

struct NormWeights {
  io::TensorView weight;
  io::TensorView bias;  ///< or empty
};

/// For placement post, `attention_norm` and `feed_forward_norm` follow the residual sums.
struct LayerWeights {
  NormWeights attention_norm;
  LinearWeights query, key, value, attention_output;
  NormWeights query_norm, key_norm;  ///< when qk_norm
  NormWeights attention_post_norm;   ///< when sandwich
  NormWeights feed_forward_norm;
  LinearWeights gate;  ///< when gated
  LinearWeights up, down;
  NormWeights feed_forward_post_norm;  ///< when sandwich
};

struct TransformerWeights {
  io::TensorView word_embeddings;      ///< [vocab, hidden]
  io::TensorView position_embeddings;  ///< [positions, hidden], or empty
  io::TensorView
      token_type_embeddings;  ///< [types, hidden], or empty; row 0 is added to every token
  NormWeights embedding_norm;
  NormWeights final_norm;
  io::TensorView relative_bias;  ///< [buckets, heads], when positions == relative_bias
  std::vector<LayerWeights> layers;
  std::shared_ptr<const void> storage;  ///< keeps the mapped files that the views point into
};

}  // namespace kindred::model
