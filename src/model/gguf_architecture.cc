// llama.cpp's metadata keys and tensor names (docs: ggml-org/ggml docs/gguf.md).
#include "model/gguf_architecture.h"

#include <cmath>

#include "base/error.h"
#include "model/families/family.h"
#include "model/rope.h"

namespace kindred::model {
namespace {

/// Keys below "<kind>.", with ranges.
class Metadata {
 public:
  Metadata(const io::Gguf& file, std::string kind) : file_(file), kind_(std::move(kind)) {}

  std::string key(std::string_view name) const { return fmt::format("{}.{}", kind_, name); }

  std::size_t count(std::string_view name, std::size_t least, std::size_t most) const {
    return checked(name, file_.size(key(name)), least, most);
  }
  std::size_t count(std::string_view name, std::size_t least, std::size_t most,
                    std::size_t fallback) const {
    const auto value = file_.find_size(key(name));
    return value ? checked(name, *value, least, most) : fallback;
  }
  double number(std::string_view name, double least, double most, double fallback) const {
    const auto value = file_.find_number(key(name));
    if (!value) return fallback;
    if (!(*value >= least && *value <= most)) {
      fail(ErrorKind::corrupt, "{}: {} is {} where {} to {} is expected", file_.path(), key(name),
           *value, least, most);
    }
    return *value;
  }
  std::string text(std::string_view name, std::string_view fallback) const {
    return std::string(file_.find_string(key(name)).value_or(fallback));
  }
  bool flag(std::string_view name, bool fallback) const {
    return file_.find_boolean(key(name)).value_or(fallback);
  }
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const {
    fail(ErrorKind::unsupported, "{}: {}: {}", file_.path(), key(name), why);
  }

 private:
  std::size_t checked(std::string_view name, std::size_t value, std::size_t least,
                      std::size_t most) const {
    if (value < least || value > most) {
      fail(ErrorKind::corrupt, "{}: {} is {} where {} to {} is expected", file_.path(), key(name),
           value, least, most);
    }
    return value;
  }

  const io::Gguf& file_;
  std::string kind_;
};

constexpr const char* kTokenEmbeddings = "token_embd.weight";

TransformerSpec read_gguf_sizes(const io::Gguf& file, const Metadata& meta) {
  TransformerSpec spec;
  spec.layers.resize(meta.count("block_count", 1, kMaxLayers));
  spec.hidden = meta.count("embedding_length", 1, kMaxWidth);
  spec.intermediate = meta.count("feed_forward_length", 1, kMaxWidth * 8);
  spec.heads = meta.count("attention.head_count", 1, kMaxHeads);
  spec.kv_heads = meta.count("attention.head_count_kv", 1, kMaxHeads, spec.heads);
  spec.head_dim = meta.count("attention.key_length", 1, kMaxHeadDim, spec.hidden / spec.heads);
  if (meta.count("attention.value_length", 1, kMaxHeadDim, spec.head_dim) != spec.head_dim) {
    meta.refuse("attention.value_length", "Kindred needs keys and values of one length");
  }
  if (spec.kv_heads > spec.heads || spec.heads % spec.kv_heads != 0 || spec.head_dim == 0) {
    fail(ErrorKind::corrupt, "{}: {} heads with {} key heads of {} dimensions", file.path(),
         spec.heads, spec.kv_heads, spec.head_dim);
  }
  spec.max_positions = meta.count("context_length", 1, kMaxPositions);
  const io::TensorView table = file.tensor(kTokenEmbeddings);
  spec.vocab_size = table.rows();
  for (const char* key : {"expert_count", "attention.sliding_window", "attention.max_alibi_bias",
                          "attn_logit_softcapping", "logit_scale", "embedding_scale",
                          "residual_scale", "attention.scale"}) {
    if (meta.number(key, 0.0, 1e9, 0.0) != 0.0) meta.refuse(key, "Kindred does not do this");
  }
  spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(spec.head_dim));
  return spec;
}

TensorNames gguf_names() {
  TensorNames names;
  names.prefixes = {""};
  names.word_embeddings = "token_embd";
  names.layer = "blk.{}.";
  names.query = "attn_q";
  names.key = "attn_k";
  names.value = "attn_v";
  names.attention_output = "attn_output";
  names.up = "ffn_up";
  names.down = "ffn_down";
  return names;
}

RopeParameters read_rope_keys(const Metadata& meta, std::size_t max_positions) {
  RopeParameters rope;
  rope.theta = meta.number("rope.freq_base", 1.0001, 1e15, 10000.0);
  const std::string type = meta.text("rope.scaling.type", "none");
  // Older files have the linear factor alone.
  rope.factor = meta.number("rope.scaling.factor", 1e-3, 1e6,
                            meta.number("rope.scale_linear", 1e-3, 1e6, 1.0));
  if (type == "linear" || (type == "none" && rope.factor != 1.0)) {
    rope.kind = RopeParameters::Kind::linear;
  } else if (type == "yarn") {
    rope.kind = RopeParameters::Kind::yarn;
    rope.original_max_positions = static_cast<double>(
        meta.count("rope.scaling.original_context_length", 1, kMaxPositions, max_positions));
    rope.beta_fast = meta.number("rope.scaling.yarn_beta_fast", 1e-3, 1e6, 32.0);
    rope.beta_slow = meta.number("rope.scaling.yarn_beta_slow", 1e-3, 1e6, 1.0);
    rope.attention_factor = meta.number("rope.scaling.attn_factor", 1e-3, 1e6, 1.0) *
                            yarn_attention_factor(rope.factor);
    if (meta.number("rope.scaling.yarn_log_multiplier", 0.0, 1e6, 0.0) != 0.0) {
      meta.refuse("rope.scaling.yarn_log_multiplier", "Kindred does not do this");
    }
  } else if (type != "none") {
    meta.refuse("rope.scaling.type",
                "\"" + type + "\": of the rotary scalings Kindred does linear and yarn in GGUF");
  }
  return rope;
}

/// llama.cpp divides each frequency by its factor (Llama 3.1's scaling is stored so).
void apply_rope_factors(const io::Gguf& file, RopeSpec& rope) {
  constexpr const char* kName = "rope_freqs.weight";
  if (!file.has_tensor(kName)) return;
  const io::TensorView tensor = file.tensor(kName);
  if (tensor.elements() != rope.inverse_frequencies.size() || tensor.dtype != io::DType::f32) {
    fail(ErrorKind::corrupt, "{}: {} has {} values of {} where {} of F32 are expected", file.path(),
         kName, tensor.elements(), io::to_string(tensor.dtype), rope.inverse_frequencies.size());
  }
  const std::vector<float> factors = tensor.to_floats();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!(factors[i] > 0.0F) || !std::isfinite(factors[i])) {
      fail(ErrorKind::corrupt, "{}: {}[{}] is {}", file.path(), kName, i, factors[i]);
    }
    rope.inverse_frequencies[i] /= factors[i];
  }
}

Architecture read_decoder(const io::Gguf& file, const Metadata& meta, const std::string& kind) {
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec = read_gguf_sizes(file, meta);
  spec.positions = Positions::rotary;
  spec.norm = NormKind::rms;
  spec.placement = NormPlacement::pre;
  spec.norm_eps =
      static_cast<float>(meta.number("attention.layer_norm_rms_epsilon", 0.0, 1.0, 1e-6));
  spec.final_norm = true;
  spec.activation = Activation::silu;
  spec.gated = true;
  spec.qk_norm = kind == "qwen3";
  const std::size_t rotary = meta.count("rope.dimension_count", 2, spec.head_dim, spec.head_dim);
  if (rotary % 2 != 0) meta.refuse("rope.dimension_count", "an odd number of dimensions");
  RopeSpec rope = make_rope(read_rope_keys(meta, spec.max_positions), rotary);
  rope.interleaved = kind == "llama";  // its query and key rows are stored in pairs
  apply_rope_factors(file, rope);
  spec.ropes = {std::move(rope)};
  for (LayerSpec& layer : spec.layers) {
    layer = make_causal_layer(meta.flag("attention.causal", true), /*window=*/0);
  }
  TensorNames& names = result.names;
  names = gguf_names();
  names.final_norm = "output_norm";
  names.attention_norm = "attn_norm";
  names.feed_forward_norm = "ffn_norm";
  names.gate = "ffn_gate";
  if (spec.qk_norm) {
    names.query_norm = "attn_q_norm";
    names.key_norm = "attn_k_norm";
  }
  result.biases = {Presence::if_present, Presence::if_present, Presence::if_present,
                   Presence::absent};
  return result;
}

Architecture read_bert_kind(const io::Gguf& file, const Metadata& meta) {
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec = read_gguf_sizes(file, meta);
  make_bert_like(spec, meta.number("attention.layer_norm_epsilon", 0.0, 1.0, 1e-12));
  spec.activation = Activation::gelu_erf;
  if (meta.flag("attention.causal", false)) {
    meta.refuse("attention.causal", "Kindred runs this kind as an encoder only");
  }
  TensorNames& names = result.names;
  names = gguf_names();
  names.position_embeddings = "position_embd";
  names.embedding_norm = "token_embd_norm";
  names.attention_norm = "attn_output_norm";
  names.feed_forward_norm = "layer_output_norm";
  if (file.has_tensor("token_types.weight")) {
    const std::vector<std::size_t> shape = file.tensor("token_types.weight").shape;
    names.token_type_embeddings = "token_types";
    result.token_types = shape.empty() ? 0 : shape.front();
  }
  result.biases = {Presence::required, Presence::required, Presence::required, Presence::required};
  return result;
}

}  // namespace

Architecture read_gguf_architecture(const io::Gguf& file) {
  if (file.find_size("split.count").value_or(1) > 1) {
    fail(ErrorKind::unsupported,
         "{}: one part of a model split over several GGUF files; join them with llama.cpp's "
         "\"llama-gguf-split --merge\"",
         file.path());
  }
  const std::string kind(file.string("general.architecture"));
  const Metadata meta(file, kind);
  Architecture result;
  if (kind == "llama" || kind == "qwen2" || kind == "qwen3") {
    result = read_decoder(file, meta, kind);
  } else if (kind == "bert") {
    result = read_bert_kind(file, meta);
  } else {
    fail(ErrorKind::unsupported,
         "{}: general.architecture is \"{}\"; Kindred reads llama, qwen2, qwen3 and bert from GGUF",
         file.path(), kind);
  }
  result.spec.family = kind;
  return result;
}

RopeParameters read_gguf_rope(const io::Gguf& file, std::size_t max_positions) {
  return read_rope_keys(Metadata(file, std::string(file.string("general.architecture"))),
                        max_positions);
}

PoolingSpec read_gguf_pooling(const io::Gguf& file, bool causal) {
  const std::string key = fmt::format("{}.pooling_type", file.string("general.architecture"));
  PoolingSpec pooling;
  switch (file.find_size(key).value_or(0)) {
    case 0:
      pooling.modes = {causal ? PoolingMode::last : PoolingMode::mean};
      return pooling;
    case 1:
      pooling.modes = {PoolingMode::mean};
      return pooling;
    case 2:
      pooling.modes = {PoolingMode::cls};
      return pooling;
    case 3:
      pooling.modes = {PoolingMode::last};
      return pooling;
    default:
      fail(ErrorKind::unsupported,
           "{}: {} is {}; Kindred has none, mean, cls and last (0 to 3), and no rerankers",
           file.path(), key, file.size(key));
  }
}

}  // namespace kindred::model
