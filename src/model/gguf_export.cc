#include "model/gguf_export.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "io/file.h"
#include "io/gguf.h"
#include "kindred/tokenizer.h"
#include "model/gguf_architecture.h"
#include "model/rope.h"
#include "text/gguf_tokenizer.h"

namespace kindred::model {
namespace {

using Json = nlohmann::ordered_json;

/// The shortest decimal that reads back as this float.
double decimal(float value) {
  return std::stod(fmt::format("{}", value));
}

bool is_close(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return std::fabs(x - y) <= 2e-6F * std::fabs(y); });
}

/// llama.cpp stores Llama 3.1's scaling as a factor a frequency. All that use it have these ramps.
RopeParameters scaling_of_factors(const ModelDirectory& source, RopeParameters plain) {
  const std::vector<float>& wanted = source.spec.ropes.front().inverse_frequencies;
  plain.kind = RopeParameters::Kind::llama3;
  plain.low_frequency_factor = 1.0;
  plain.high_frequency_factor = 4.0;
  for (const double factor : {2.0, 4.0, 8.0, 16.0, 32.0, 64.0}) {
    // 8192 is that of all published ones; the others are of models trained for less.
    for (double original = 65536.0; original >= 16.0; original /= 2.0) {
      plain.factor = factor;
      plain.original_max_positions = original;
      if (is_close(make_rope(plain, wanted.size() * 2).inverse_frequencies, wanted)) return plain;
    }
  }
  fail(ErrorKind::unsupported,
       "{}: rope_freqs.weight holds factors that no rotary scaling of Hugging Face's gives; train "
       "from the model's own directory",
       source.info.path);
}

Json rope_json(const ModelDirectory& source, const io::Gguf& file) {
  const TransformerSpec& spec = source.spec;
  RopeParameters rope = read_gguf_rope(file, spec.max_positions);
  const RopeSpec& made = spec.ropes.front();
  if (made.inverse_frequencies.size() * 2 != spec.head_dim) {
    fail(ErrorKind::unsupported,
         "{}: rotates {} of a head's {} dimensions, which the family cannot say in config.json",
         source.info.path, made.inverse_frequencies.size() * 2, spec.head_dim);
  }
  if (!is_close(make_rope(rope, spec.head_dim).inverse_frequencies, made.inverse_frequencies))
    rope = scaling_of_factors(source, rope);
  Json json = {{"rope_type", "default"}, {"rope_theta", rope.theta}};
  switch (rope.kind) {
    case RopeParameters::Kind::plain:
      return json;
    case RopeParameters::Kind::linear:
      json["rope_type"] = "linear";
      break;
    case RopeParameters::Kind::llama3:
      json["rope_type"] = "llama3";
      json["low_freq_factor"] = rope.low_frequency_factor;
      json["high_freq_factor"] = rope.high_frequency_factor;
      json["original_max_position_embeddings"] =
          static_cast<std::uint64_t>(rope.original_max_positions);
      break;
    case RopeParameters::Kind::yarn:
      json["rope_type"] = "yarn";
      json["beta_fast"] = rope.beta_fast;
      json["beta_slow"] = rope.beta_slow;
      json["attention_factor"] = rope.attention_factor;
      json["original_max_position_embeddings"] =
          static_cast<std::uint64_t>(rope.original_max_positions);
      break;
  }
  json["factor"] = rope.factor;
  return json;
}

/// Whether the tensor is there in all layers. Errors: unsupported for some of them.
template <typename Get>
bool in_all(const ModelDirectory& source, const char* what, Get get) {
  const std::vector<LayerWeights>& layers = source.weights.layers;
  const auto count = std::count_if(layers.begin(), layers.end(),
                                   [&](const LayerWeights& l) { return !get(l).empty(); });
  if (count != 0 && static_cast<std::size_t>(count) != layers.size()) {
    fail(ErrorKind::unsupported, "{}: {} of its layers have {}, which config.json cannot say",
         source.info.path, count, what);
  }
  return count != 0;
}

void add_decoder(Json& config, const ModelDirectory& source, const io::Gguf& file) {
  const TransformerSpec& spec = source.spec;
  config["num_key_value_heads"] = spec.kv_heads;
  config["head_dim"] = spec.head_dim;
  config["hidden_act"] = "silu";
  config["rms_norm_eps"] = decimal(spec.norm_eps);
  config["tie_word_embeddings"] = true;  // the matrix of the language model is left out
  const Json rope = rope_json(source, file);
  config["rope_parameters"] = rope;
  // transformers 4 has these two.
  config["rope_theta"] = rope["rope_theta"];
  if (rope["rope_type"] != "default") {
    config["rope_scaling"] = rope;
    config["rope_scaling"].erase("rope_theta");
    config.erase("rope_parameters");
  }
  const bool q = in_all(source, "biases of queries", [](const auto& l) { return l.query.bias; });
  const bool o = in_all(source, "biases of attention's output",
                        [](const auto& l) { return l.attention_output.bias; });
  const bool f =
      in_all(source, "biases in the feed-forward", [](const auto& l) { return l.up.bias; });
  const bool qwen2 = spec.family == "qwen2";
  if ((qwen2 && (!q || o)) || (!qwen2 && q != o) || (f && spec.family != "llama")) {
    fail(ErrorKind::unsupported,
         "{}: has biases where the family {} of Hugging Face has none, or lacks them",
         source.info.path, spec.family);
  }
  if (!qwen2) config["attention_bias"] = q;
  if (f) config["mlp_bias"] = true;
  if (!spec.causal()) config["is_causal"] = false;
}

}  // namespace

Json gguf_config(const ModelDirectory& source) {
  const io::Gguf file = io::Gguf::open(source.weight_files.front());
  const TransformerSpec& spec = source.spec;
  Json config = {{"model_type", spec.family},
                 {"vocab_size", spec.vocab_size},
                 {"hidden_size", spec.hidden},
                 {"intermediate_size", spec.intermediate},
                 {"num_hidden_layers", spec.layers.size()},
                 {"num_attention_heads", spec.heads},
                 {"max_position_embeddings", spec.max_positions}};
  const auto id = [&](const char* name, const char* key) {
    if (const auto value = file.find_size(fmt::format("tokenizer.ggml.{}_token_id", key));
        value && *value < spec.vocab_size)
      config[fmt::format("{}_token_id", name)] = *value;
  };
  id("bos", "bos");
  id("eos", "eos");
  id("pad", "padding");
  if (spec.family == "bert") {
    config["architectures"] = {"BertModel"};
    config["hidden_act"] = "gelu";
    config["layer_norm_eps"] = decimal(spec.norm_eps);
    const io::TensorView& types = source.weights.token_type_embeddings;
    if (types.empty()) {
      fail(ErrorKind::unsupported,
           "{}: has no table of token types, which BERT has; train from the model's own directory",
           source.info.path);
    }
    config["type_vocab_size"] = types.rows();
    return config;
  }
  config["architectures"] = {spec.family == "llama"   ? "LlamaModel"
                             : spec.family == "qwen2" ? "Qwen2Model"
                                                      : "Qwen3Model"};
  add_decoder(config, source, file);
  return config;
}

void write_gguf_tokenizer(const ModelDirectory& source, const std::string& root) {
  const std::string& path = source.weight_files.front();
  const nlohmann::json tokenizer = text::gguf_tokenizer_json(path);
  io::write_text_file(io::join_path(root, "tokenizer.json"), tokenizer.dump() + "\n");
  const io::Gguf file = io::Gguf::open(path);
  const Tokenizer names = Tokenizer::open(path);
  Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                 {"model_max_length", source.spec.max_positions},
                 {"clean_up_tokenization_spaces", false},
                 {"padding_side", "right"}};
  const auto name = [&](const char* token, const char* key) {
    const auto id = file.find_size(fmt::format("tokenizer.ggml.{}_token_id", key));
    if (!id || *id >= source.spec.vocab_size) return;
    const std::string content = names.id_to_token(static_cast<std::uint32_t>(*id));
    if (!content.empty()) config[token] = content;
  };
  name("bos_token", "bos");
  name("eos_token", "eos");
  name("unk_token", "unknown");
  name("sep_token", "seperator");  // llama.cpp's spelling
  name("cls_token", "cls");
  name("mask_token", "mask");
  name("pad_token", "padding");
  for (const char* other : {"eos_token", "sep_token", "unk_token"})
    if (!config.contains("pad_token") && config.contains(other))
      config["pad_token"] = config[other];
  io::write_text_file(io::join_path(root, "tokenizer_config.json"), config.dump(2) + "\n");
}

}  // namespace kindred::model
