// What sentence-transformers writes beside a model: modules.json and each module's settings. Tested
// by modules_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/directory.h"

namespace kindred::model {

enum class ModuleKind { transformer, static_embedding, pooling, dense, normalize, dropout };

struct Module {
  ModuleKind kind;
  std::string path;  ///< relative to the model's directory; "" is the directory itself
};

/// Reads modules.json, class paths of every version of sentence-transformers. Errors: unsupported
/// for any other class, by name; corrupt for a path that leaves the directory, or an order that
/// gives no vector (one Transformer and one Pooling, or one StaticEmbedding, then the rest).
std::vector<Module> read_modules(std::string_view text, const std::string& origin);

/// The old booleans or the new `pooling_mode`, and `include_prompt`.
PoolingSpec read_pooling(const Config& config);

struct DenseConfig {
  std::size_t in = 0;
  std::size_t out = 0;
  bool bias = true;
  DenseActivation activation = DenseActivation::tanh;
  bool residual = false;
};

/// Errors: unsupported for an activation, an input or a residual that Kindred does not have.
DenseConfig read_dense(const Config& config);
std::string_view to_string(DenseActivation activation) noexcept;

/// Errors: unsupported when the module works on token vectors.
void check_normalize(const Config& config);

/// sentence_bert_config.json and its older names.
struct TransformerSettings {
  std::optional<std::size_t> max_length;
  bool chat = false;                 ///< texts are wrapped by the chat template
  std::string chat_format = "auto";  ///< "flat", "structured" or "auto": see read_chat_template
  nlohmann::ordered_json chat_variables = nlohmann::ordered_json::object();
  bool restore_suffix = true;
};
TransformerSettings read_transformer_settings(const Config& config);

/// config_sentence_transformers.json.
struct ModelSettings {
  std::map<std::string, std::string> prompts;
  std::string default_prompt;
  std::string similarity = "cosine";
  std::optional<std::size_t> truncate_dim;
};
ModelSettings read_model_settings(const Config& config);

/// Tokens that a sequence may have: the settings' length, else tokenizer_config.json's
/// `model_max_length` where it is a real one, never more than `max_positions` (0: no bound).
std::size_t resolve_max_length(const TransformerSettings& settings, const Config& tokenizer_config,
                               std::size_t max_positions);

}  // namespace kindred::model
