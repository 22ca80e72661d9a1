// Reading sentence-transformers' module list and the settings of its modules.
#include "model/modules.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "model/families/family.h"

namespace kindred::model {
namespace {

struct ModuleClass {
  std::string_view name;
  ModuleKind kind;
};

constexpr ModuleClass kModuleClasses[] = {
    {"Transformer", ModuleKind::transformer}, {"StaticEmbedding", ModuleKind::static_embedding},
    {"Pooling", ModuleKind::pooling},         {"Dense", ModuleKind::dense},
    {"Normalize", ModuleKind::normalize},     {"Dropout", ModuleKind::dropout},
};

ModuleKind module_kind(const Config& module) {
  const std::string type = module.text("type", "");
  const std::string name = type.substr(type.rfind('.') + 1);
  if (type.starts_with("sentence_transformers.")) {
    for (const ModuleClass& known : kModuleClasses) {
      if (name == known.name) return known.kind;
    }
  }
  module.refuse("type",
                "of sentence-transformers' modules Kindred has Transformer, StaticEmbedding, "
                "Pooling, Dense, Normalize and Dropout");
}

void check_path(const Config& module, const std::string& path) {
  const bool inside = path.find('\0') == std::string::npos && !path.starts_with('/') &&
                      ("/" + path + "/").find("/../") == std::string::npos;
  if (!inside) module.reject("path", "it must stay inside the model's directory");
}

void check_order(const std::vector<Module>& modules, const std::string& origin) {
  const auto is = [&](std::size_t i, ModuleKind kind) {
    return i < modules.size() && modules[i].kind == kind;
  };
  const std::size_t head = is(0, ModuleKind::static_embedding) ? 1 : 2;
  const bool starts = head == 1 || (is(0, ModuleKind::transformer) && is(1, ModuleKind::pooling));
  const bool ends = std::all_of(
      modules.begin() + static_cast<std::ptrdiff_t>(std::min(head, modules.size())), modules.end(),
      [](const Module& module) {
        return module.kind == ModuleKind::dense || module.kind == ModuleKind::normalize ||
               module.kind == ModuleKind::dropout;
      });
  if (!starts || !ends) {
    fail(ErrorKind::unsupported,
         "{}: Kindred runs one Transformer and one Pooling, or one StaticEmbedding, followed by "
         "Dense and Normalize modules; this list has another order",
         origin);
  }
}

constexpr std::string_view kSentenceEmbedding = "sentence_embedding";

void refuse_other_features(const Config& config) {
  for (const char* key : {"module_input_name", "module_output_name"}) {
    if (config.text(key, std::string(kSentenceEmbedding)) != kSentenceEmbedding) {
      config.refuse(key, "Kindred applies this module to the pooled vector only");
    }
  }
}

struct PoolingName {
  std::string_view saved;  // sentence-transformers' name
  std::string_view name;   // ours
  PoolingMode mode;
  std::string_view old_flag;
};

// In the order in which the old booleans are concatenated.
constexpr PoolingName kPoolingNames[] = {
    {"cls", "cls", PoolingMode::cls, "pooling_mode_cls_token"},
    {"max", "max", PoolingMode::max, "pooling_mode_max_tokens"},
    {"mean", "mean", PoolingMode::mean, "pooling_mode_mean_tokens"},
    {"mean_sqrt_len_tokens", "sqrt", PoolingMode::sqrt, "pooling_mode_mean_sqrt_len_tokens"},
    {"weightedmean", "weighted", PoolingMode::weighted, "pooling_mode_weightedmean_tokens"},
    {"lasttoken", "last", PoolingMode::last, "pooling_mode_lasttoken"},
    {"idf", "idf", PoolingMode::idf, ""},
    {"sif", "sif", PoolingMode::sif, ""},
};

const PoolingName* find_pooling(std::string_view text) {
  for (const PoolingName& pooling : kPoolingNames) {
    if (text == pooling.saved || text == pooling.name) return &pooling;
  }
  return nullptr;
}

struct ActivationName {
  std::string_view class_name;  // of torch.nn
  std::string_view name;
  DenseActivation activation;
};

constexpr ActivationName kDenseActivations[] = {
    {"Identity", "identity", DenseActivation::identity},
    {"Tanh", "tanh", DenseActivation::tanh},
    {"ReLU", "relu", DenseActivation::relu},
    {"GELU", "gelu", DenseActivation::gelu},
    {"SiLU", "silu", DenseActivation::silu},
    {"Sigmoid", "sigmoid", DenseActivation::sigmoid},
};

DenseActivation dense_activation(const Config& config) {
  const std::string path = config.text("activation_function", "torch.nn.modules.activation.Tanh");
  if (path.starts_with("torch.")) {
    const std::string name = path.substr(path.rfind('.') + 1);
    for (const ActivationName& known : kDenseActivations) {
      if (name == known.class_name) return known.activation;
    }
  }
  config.refuse("activation_function",
                "Kindred has torch's Identity, Tanh, ReLU, GELU, SiLU and Sigmoid");
}

/// What newer versions write about chat templates, images and multi-vector models.
void refuse_other_inputs(const Config& config) {
  if (config.text("transformer_task", "feature-extraction") != "feature-extraction") {
    config.refuse("transformer_task", "Kindred embeds with feature-extraction models only");
  }
  if (config.text("module_output_name", "token_embeddings") != "token_embeddings") {
    config.refuse("module_output_name", "Kindred pools token_embeddings only");
  }
  for (const char* key : {"query_length", "document_length", "query_expansion"}) {
    if (config.has(key)) config.refuse(key, "multi-vector models are not supported");
  }
  if (config.has("modality_config")) {
    const Config modalities = config.object("modality_config");
    if (!modalities.has("text")) config.refuse("modality_config", "the model takes no plain text");
    const Config text = modalities.object("text");
    if (text.text("method", "forward") != "forward") text.refuse("method", "only forward is known");
    if (text.text("method_output_name", "last_hidden_state") != "last_hidden_state") {
      text.refuse("method_output_name", "Kindred pools last_hidden_state only");
    }
  }
  const Config processing = config.object("processing_kwargs");
  processing.allow_only({"text", "common", "image", "audio", "video", "chat_template"},
                        "Kindred does not know this way to prepare texts");
  for (const char* part : {"text", "common"}) {
    processing.object(part).allow_only(
        {"padding", "truncation", "pad_to_multiple_of", "return_tensors"},
        "Kindred does not know this way to prepare texts");
  }
}

/// sentence-transformers 5.4 and later: `modality_config` with "message" wraps texts, and
/// `processing_kwargs` may hold variables of the template.
void read_chat_settings(const Config& config, TransformerSettings& settings) {
  const Config modalities = config.object("modality_config");
  settings.chat = modalities.has("message");
  if (!settings.chat) return;
  const Config message = modalities.object("message");
  if (message.text("method", "forward") != "forward")
    message.refuse("method", "only forward is known");
  settings.chat_format = message.text("format", "auto");
  const Config given = config.object("processing_kwargs").object("chat_template");
  for (const auto& item : given.json().items()) {
    const std::string& key = item.key();
    if (key == "restore_suffix") {
      settings.restore_suffix = given.flag(key, true);
      continue;
    }
    for (const char* other : {"padding", "truncation", "max_length", "return_tensors", "tokenize",
                              "chat_template", "continue_final_message", "tokenizer_kwargs",
                              "sanitize_control_tokens", "return_dict", "tools"})
      if (key == other) given.refuse(key, "Kindred does not know this way to apply a template");
    settings.chat_variables[key] = nlohmann::ordered_json::parse(item.value().dump());
  }
}

}  // namespace

std::vector<Module> read_modules(std::string_view text, const std::string& origin) {
  std::vector<Module> modules;
  for (const Config& entry : Config::parse_list(text, origin)) {
    Module module{module_kind(entry), entry.text("path", "")};
    check_path(entry, module.path);
    modules.push_back(std::move(module));
  }
  check_order(modules, origin);
  return modules;
}

PoolingSpec parse_pooling(const std::string& text) {
  PoolingSpec spec;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('+', begin), text.size());
    const PoolingName* pooling = find_pooling(std::string_view(text).substr(begin, end - begin));
    if (pooling == nullptr) {
      fail(ErrorKind::bad_input,
           "pooling \"{}\": Kindred has cls, mean, max, sqrt, weighted, last, idf and sif, and "
           "several joined by \"+\" (cls+mean)",
           text);
    }
    spec.modes.push_back(pooling->mode);
    begin = end + 1;
  }
  return spec;
}

std::string to_string(const PoolingSpec& pooling) {
  std::string text;
  for (const PoolingMode mode : pooling.modes) {
    if (!text.empty()) text += '+';
    for (const PoolingName& known : kPoolingNames) {
      if (known.mode == mode) text += known.name;
    }
  }
  return text;
}

PoolingSpec read_pooling(const Config& config) {
  PoolingSpec spec;
  spec.include_prompt = config.flag("include_prompt", true);
  if (config.has("pooling_mode")) {
    const bool list = config.json()["pooling_mode"].is_array();
    const std::vector<std::string> names =
        list ? config.texts("pooling_mode") : std::vector{config.text("pooling_mode", "")};
    for (const std::string& name : names) {
      const PoolingName* pooling = find_pooling(name);
      if (pooling == nullptr || pooling->saved != name || pooling->old_flag.empty()) {
        config.refuse("pooling_mode",
                      "Kindred has cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken");
      }
      spec.modes.push_back(pooling->mode);
    }
    if (names.empty() || names.size() > std::size(kPoolingNames)) {
      config.reject("pooling_mode", "one to seven modes are expected");
    }
    return spec;
  }
  for (const auto& item : config.json().items()) {
    if (!item.key().starts_with("pooling_mode_")) continue;
    const bool known =
        std::any_of(std::begin(kPoolingNames), std::end(kPoolingNames),
                    [&](const PoolingName& pooling) { return item.key() == pooling.old_flag; });
    if (!known && config.flag(item.key(), false)) config.refuse(item.key(), "unknown pooling");
  }
  for (const PoolingName& pooling : kPoolingNames) {
    if (!pooling.old_flag.empty() && config.flag(pooling.old_flag, false)) {
      spec.modes.push_back(pooling.mode);
    }
  }
  if (spec.modes.empty()) spec.modes.push_back(PoolingMode::mean);
  return spec;
}

DenseConfig read_dense(const Config& config) {
  DenseConfig dense;
  dense.in = config.count("in_features", 1, kMaxWidth * 8);
  dense.out = config.count("out_features", 1, kMaxWidth * 8);
  dense.bias = config.flag("bias", true);
  dense.activation = dense_activation(config);
  dense.residual = config.flag("use_residual", false);
  if (dense.residual && dense.in != dense.out) {
    config.refuse("use_residual", "Kindred adds the input only where it is as wide as the output");
  }
  refuse_other_features(config);
  return dense;
}

std::string_view to_string(DenseActivation activation) noexcept {
  for (const ActivationName& known : kDenseActivations) {
    if (known.activation == activation) return known.name;
  }
  return "";
}

void check_normalize(const Config& config) {
  refuse_other_features(config);
}

TransformerSettings read_transformer_settings(const Config& config) {
  refuse_other_inputs(config);
  TransformerSettings settings;
  settings.max_length = config.find_count("max_seq_length", 1, kMaxPositions);
  read_chat_settings(config, settings);
  return settings;
}

ModelSettings read_model_settings(const Config& config) {
  ModelSettings settings;
  if (config.text("model_type", "SentenceTransformer") != "SentenceTransformer") {
    config.refuse("model_type", "Kindred runs models of type SentenceTransformer");
  }
  const Config prompts = config.object("prompts");
  for (const auto& item : prompts.json().items()) {
    settings.prompts[item.key()] = prompts.text(item.key(), "");
  }
  settings.default_prompt = config.text("default_prompt_name", "");
  if (!settings.default_prompt.empty() && !settings.prompts.contains(settings.default_prompt)) {
    config.reject("default_prompt_name", "\"prompts\" has no prompt of that name");
  }
  settings.similarity = config.text("similarity_fn_name", "cosine");
  settings.truncate_dim = config.find_count("truncate_dim", 1, kMaxWidth * 8);
  return settings;
}

std::size_t resolve_max_length(const TransformerSettings& settings, const Config& tokenizer_config,
                               std::size_t max_positions) {
  // Tokenizers without a limit of their own say 1e30.
  constexpr double kNoLimit = 1e9;
  const std::size_t bound = max_positions == 0 ? kMaxPositions : max_positions;
  std::size_t length = bound;
  if (settings.max_length) {
    length = *settings.max_length;
  } else {
    auto said = tokenizer_config.find_number("model_max_length", 1.0, 1e300);
    if (!said) said = tokenizer_config.find_number("max_len", 1.0, 1e300);
    if (said && *said < kNoLimit) length = static_cast<std::size_t>(*said);
  }
  length = std::min(length, bound);
  return length == kMaxPositions ? 0 : length;
}

}  // namespace kindred::model
