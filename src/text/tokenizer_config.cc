#include "text/tokenizer_config.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "io/file.h"
#include "text/tokenizer_class.h"

namespace kindred::text {
namespace {

using nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

constexpr std::array kNames = {"bos_token", "eos_token", "unk_token", "sep_token",
                               "pad_token", "cls_token", "mask_token"};

// An empty object where there is no such file.
json read_object(const std::string& path) {
  if (!io::is_file(path)) return json::object();
  json object =
      json::parse(io::read_text_file(path, kMostBytes), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    fail(ErrorKind::corrupt, "{}: not a JSON object; fetch the file again", path);
  return object;
}

std::string text_or(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The settings of sentence-transformers' Transformer module, which it reads only for a directory
// that it saved itself (modules.json is there, or one folder above).
json read_module_settings(const std::string& folder) {
  const bool saved = io::is_file(io::join_path(folder, "modules.json")) ||
                     io::is_file(io::join_path(folder, "../modules.json"));
  if (!saved) return json::object();
  for (const char* kind :
       {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
    json settings =
        read_object(io::join_path(folder, fmt::format("sentence_{}_config.json", kind)));
    if (!settings.empty()) return settings;
  }
  return json::object();
}

void merge(json& fields, const json& over) {
  if (!over.is_object()) return;
  for (const auto& [key, value] : over.items()) fields[key] = value;
}

// special_tokens_map.json wins over tokenizer_config.json, but is read only where the latter has
// no added_tokens_decoder.
void merge_special_tokens_map(const std::string& folder, json& fields) {
  json map = read_object(io::join_path(folder, "special_tokens_map.json"));
  for (auto& [key, value] : map.items()) {
    if (value.is_object() && key != "extra_special_tokens") {
      value["special"] = true;
    } else if (key == "extra_special_tokens" && value.is_array()) {
      json all = fields.contains(key) && fields[key].is_array() ? fields[key] : json::array();
      for (json token : value) {
        if (token.is_object()) token["special"] = true;
        if (std::find(all.begin(), all.end(), token) == all.end()) all.push_back(token);
      }
      value = std::move(all);
    }
    fields[key] = value;
  }
}

// Before special_tokens_map.json is read: an older name counts where the newer says nothing, and a
// dictionary holds named tokens.
void settle_extra_tokens(json& fields) {
  const auto extra = fields.find("extra_special_tokens");
  const bool says = extra != fields.end() && !extra->empty();
  if (fields.contains("additional_special_tokens") && !says) {
    fields["extra_special_tokens"] = fields["additional_special_tokens"];
    fields.erase("additional_special_tokens");
  }
  if (fields.contains("extra_special_tokens") && fields["extra_special_tokens"].is_object()) {
    fields["model_specific_special_tokens"] = fields["extra_special_tokens"];
    fields.erase("extra_special_tokens");
  }
}

void check_versioned_files(const TokenizerConfig& config) {
  const auto found = config.fields.find("fast_tokenizer_files");
  if (found == config.fields.end() || !found->is_array()) return;
  for (const json& name : *found) {
    if (name == "tokenizer.json") continue;
    fail(ErrorKind::unsupported,
         "{}: \"fast_tokenizer_files\" names tokenizers for several versions of transformers, and "
         "Kindred reads tokenizer.json only; remove the field if that file is the right one",
         config.origin);
  }
}

}  // namespace

bool TokenizerConfig::has(std::string_view key) const {
  const auto found = fields.find(key);
  return found != fields.end() && !found->is_null();
}

std::optional<bool> TokenizerConfig::find_flag(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const json& value = *fields.find(key);
  if (!value.is_boolean())
    fail(ErrorKind::corrupt, "{}: \"{}\" is neither true nor false", origin, key);
  return value.get<bool>();
}

bool TokenizerConfig::flag(std::string_view key, bool otherwise) const {
  return find_flag(key).value_or(otherwise);
}

std::optional<std::string> TokenizerConfig::text(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const json& value = *fields.find(key);
  if (!value.is_string()) fail(ErrorKind::corrupt, "{}: \"{}\" is not a string", origin, key);
  return value.get<std::string>();
}

TokenizerConfig read_tokenizer_config(const std::string& folder,
                                      const std::string& tokenizer_file) {
  TokenizerConfig config;
  config.folder = folder;
  config.origin = io::join_path(folder, "tokenizer_config.json");
  config.fields = read_object(config.origin);
  check_versioned_files(config);
  const json model = read_object(io::join_path(folder, "config.json"));
  config.class_name =
      tokenizer_class(text_or(model, "model_type"), text_or(config.fields, "tokenizer_class"),
                      text_or(model, "tokenizer_class"), tokenizer_file);
  const json settings = read_module_settings(folder);
  for (const char* key : {"tokenizer_args", "processor_kwargs"})
    if (settings.contains(key)) merge(config.fields, settings[key]);
  if (settings.contains("do_lower_case") && settings["do_lower_case"].is_boolean())
    config.lower_case = settings["do_lower_case"].get<bool>();
  settle_extra_tokens(config.fields);
  if (!config.fields.contains("added_tokens_decoder")) {
    merge_special_tokens_map(folder, config.fields);
    config.added_tokens_file = read_object(io::join_path(folder, "added_tokens.json"));
  }
  return config;
}

std::string token_content(const TokenizerConfig& config, const json& token) {
  if (token.is_string()) return token.get<std::string>();
  const auto content = token.is_object() ? token.find("content") : token.end();
  if (!token.is_object() || content == token.end() || !content->is_string()) {
    fail(ErrorKind::corrupt,
         "{}: a special token is neither a string nor an object with \"content\"", config.origin);
  }
  return content->get<std::string>();
}

bool is_standard_name(const std::string& name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

NamedTokens named_special_tokens(const TokenizerConfig& config, const NamedTokens& defaults) {
  NamedTokens named;
  for (const std::string name : kNames) {
    const auto given = config.fields.find(name);
    const auto usual = std::find_if(defaults.begin(), defaults.end(),
                                    [&](const auto& token) { return token.first == name; });
    if (given != config.fields.end()) {
      if (!given->is_null()) named.emplace_back(name, *given);
    } else if (usual != defaults.end()) {
      named.push_back(*usual);
    }
  }
  const auto set = [&](const std::string& name, const json& token) {
    const auto known = std::find_if(named.begin(), named.end(),
                                    [&](const auto& pair) { return pair.first == name; });
    if (known != named.end()) {
      known->second = token;
    } else {
      named.emplace_back(name, token);
    }
  };
  // "image_token": "<image>" and the like.
  for (const auto& [name, token] : config.fields.items()) {
    const bool is_token = token.is_string() || (token.is_object() && token.contains("content"));
    if (name.ends_with("_token") && !is_standard_name(name) && is_token) set(name, token);
  }
  for (const char* key : {"model_specific_special_tokens", "extra_special_tokens"})
    if (const auto extra = config.fields.find(key);
        extra != config.fields.end() && extra->is_object())
      for (const auto& [name, token] : extra->items()) set(name, token);
  for (const auto& [name, token] : named) (void)token_content(config, token);
  return named;
}

std::vector<json> extra_special_tokens(const TokenizerConfig& config) {
  const auto list = [&](const char* key) -> const json* {
    const auto found = config.fields.find(key);
    if (found == config.fields.end() || found->is_null()) return nullptr;
    if (found->is_object()) return nullptr;  // named ones
    if (!found->is_array())
      fail(ErrorKind::corrupt, "{}: \"{}\" is not a list", config.origin, key);
    return &*found;
  };
  // The older name is still there only where special_tokens_map.json brought it.
  const json* tokens = config.fields.contains("extra_special_tokens")
                           ? list("extra_special_tokens")
                           : list("additional_special_tokens");
  std::vector<json> result;
  if (tokens == nullptr) return result;
  for (const json& token : *tokens) {
    (void)token_content(config, token);
    result.push_back(token);
  }
  return result;
}

}  // namespace kindred::text
