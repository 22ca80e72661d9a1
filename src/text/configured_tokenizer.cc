#include "text/configured_tokenizer.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "io/file.h"
#include "io/gguf.h"
#include "text/added_tokens.h"
#include "text/bert_vocab.h"
#include "text/class_rules.h"
#include "text/gguf_tokenizer.h"
#include "text/tokenizer_config.h"

namespace kindred::text {
namespace {

using nlohmann::json;

// The entry of a list `added_tokens`. A string is a special token.
json added_token(const TokenizerConfig& config, const json& token) {
  const bool named = token.is_string();
  const auto flag = [&](const char* key, bool otherwise) {
    if (named || !token.contains(key)) return otherwise;
    if (!token[key].is_boolean())
      fail(ErrorKind::corrupt, "{}: \"{}\" of an added token is neither true nor false",
           config.origin, key);
    return token[key].get<bool>();
  };
  const bool special = flag("special", named);
  return {{"id", 0U},
          {"content", token_content(config, token)},
          {"single_word", flag("single_word", false)},
          {"lstrip", flag("lstrip", false)},
          {"rstrip", flag("rstrip", false)},
          {"normalized", flag("normalized", !special)},
          {"special", special}};
}

json charsmap_of(const json& rest) {
  const auto type = [](const json& part) {
    return part.is_object() ? part.value("type", json()) : json();
  };
  const auto normalizer = rest.find("normalizer");
  if (normalizer == rest.end()) return nullptr;
  if (type(*normalizer) == "Precompiled") return *normalizer;
  if (type(*normalizer) != "Sequence" || !normalizer->contains("normalizers")) return nullptr;
  const json& parts = (*normalizer)["normalizers"];
  if (!parts.is_array()) return nullptr;
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const json& part) { return type(part) == "Precompiled"; });
  return found == parts.end() ? json() : *found;
}

// The tokens that the files beside tokenizer.json (and, for a class that starts anew, that file
// itself) add, in the order in which the reference adds them.
class TokenList {
 public:
  TokenList(const ClassRules* rules, const TokenizerConfig& config, json in_file)
      : rules_(rules), config_(config), in_file_(std::move(in_file)) {
    read_numbered();
    named_ = named_special_tokens(config, rules != nullptr ? rules->defaults : NamedTokens{});
    const std::vector<json> extra = extra_special_tokens(config);
    for (auto& [name, token] : named_) {
      const auto known = by_content_.find(token_content(config, token));
      if (known != by_content_.end()) {
        token = known->second;
      } else if (token.is_string() && rules != nullptr) {
        token = dressed(name, token);
      }
    }
    for (const auto& [id, token] : numbered_) tokens_.push_back(token);
    if (rules == nullptr)
      for (const json& token : in_file_) note(token_content(config, token));
    for (const json& token : tokens_) note(token_content(config, token));
    const std::size_t known = contents_.size();
    for (const auto& [name, token] : named_) append(token, known);
    for (const json& token : extra) append(token, known);
    if (rules != nullptr && rules->special_again) {
      for (const auto& [name, token] : named_) tokens_.push_back(token_content(config, token));
      for (const json& token : extra) tokens_.push_back(token_content(config, token));
    }
  }

  const NamedTokens& named() const { return named_; }

  /// The list `added_tokens` of the result.
  json list() const {
    json all = rules_ == nullptr ? in_file_ : json::array();
    for (const json& token : tokens_) {
      json full = added_token(config_, token);
      const bool named = std::any_of(named_.begin(), named_.end(), [&](const auto& pair) {
        return token_content(config_, pair.second) == full["content"];
      });
      if (named) full["special"] = true;
      all.push_back(std::move(full));
    }
    return all;
  }

 private:
  void read_numbered() {
    const auto add = [&](std::uint64_t id, json token) {
      by_content_[token_content(config_, token)] = token;
      numbered_[id] = std::move(token);
    };
    if (const auto decoder = config_.fields.find("added_tokens_decoder");
        decoder != config_.fields.end()) {
      if (!decoder->is_object())
        fail(ErrorKind::corrupt, "{}: \"added_tokens_decoder\" is not an object", config_.origin);
      for (const auto& [id, token] : decoder->items()) add(number(id), token);
      return;
    }
    const std::vector<json> extra = config_.fields.contains("extra_special_tokens")
                                        ? extra_special_tokens(config_)
                                        : std::vector<json>{};
    for (const auto& [content, id] : config_.added_tokens_file.items()) {
      if (!id.is_number_unsigned())
        fail(ErrorKind::corrupt, "{}/added_tokens.json: the id of '{}' is not a number",
             config_.folder, content);
      const bool special = is_special(content, extra);
      add(id.get<std::uint64_t>(),
          {{"content", content}, {"normalized", !special}, {"special", special}});
    }
    for (const json& token : in_file_) {
      const auto id = token.is_object() ? token.find("id") : token.end();
      if (!token.is_object() || id == token.end() || !id->is_number_unsigned()) continue;
      add(id->get<std::uint64_t>(), token);
    }
  }

  // The reference looks at the standard names and at the list, not at a model's own names.
  bool is_special(const std::string& content, const std::vector<json>& extra) const {
    const auto is = [&](const json& token) { return token_content(config_, token) == content; };
    const NamedTokens named = named_special_tokens(config_, {});
    return std::any_of(extra.begin(), extra.end(), is) ||
           std::any_of(named.begin(), named.end(), [&](const auto& token) {
             return is_standard_name(token.first) && is(token.second);
           });
  }

  std::uint64_t number(const std::string& digits) const {
    const bool fits = !digits.empty() && digits.size() < 12 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
    if (!fits)
      fail(ErrorKind::corrupt, "{}: \"added_tokens_decoder\" has the id '{}', which is no number",
           config_.origin, digits);
    return std::stoull(digits);
  }

  // What the class makes of a name that stands as a string.
  json dressed(const std::string& name, const json& token) const {
    using Names = ClassRules::Names;
    const bool mask = name == "mask_token";
    if (rules_->names == Names::mpnet)
      return {{"content", token}, {"lstrip", mask}, {"special", false}};
    if (rules_->names == Names::camembert && mask)
      return {{"content", token}, {"lstrip", true}, {"special", true}};
    return token;
  }

  void note(std::string content) { contents_.push_back(std::move(content)); }

  // Unless it was there among the first `known`, or is the very same as one appended before.
  void append(const json& token, std::size_t known) {
    const auto end = contents_.begin() + static_cast<std::ptrdiff_t>(known);
    if (std::find(contents_.begin(), end, token_content(config_, token)) != end) return;
    if (std::find(tokens_.begin(), tokens_.end(), token) == tokens_.end()) tokens_.push_back(token);
  }

  const ClassRules* rules_;
  const TokenizerConfig& config_;
  json in_file_;
  std::map<std::uint64_t, json> numbered_;
  std::map<std::string, json> by_content_;
  NamedTokens named_;
  std::vector<json> tokens_;
  std::vector<std::string> contents_;
};

// Sets the model's own settings as the class does. False, and nothing done, where the vocabulary is
// of a kind that the class cannot be built from: then the file is taken as it is.
bool configure_model(const ClassRules& rules, const TokenizerConfig& config, ModelConfig& model) {
  if (rules.model != model.kind) return false;
  const NamedTokens named = named_special_tokens(config, rules.defaults);
  const auto unknown = std::find_if(named.begin(), named.end(),
                                    [](const auto& p) { return p.first == "unk_token"; });
  const std::string unk = unknown == named.end() ? "None" : token_content(config, unknown->second);
  model.byte_fallback = false;
  switch (rules.model) {
    case ModelKind::word_piece:
      model.unk_token = unk;
      model.continuing_subword_prefix = "##";
      model.max_input_chars_per_word = 100;
      break;
    case ModelKind::bpe: {
      const bool gemma = rules.name == "GemmaTokenizer";
      model.byte_fallback = model.fuse_unk = gemma || rules.name == "LlamaTokenizer";
      model.unk_token = gemma ? std::optional(unk) : std::nullopt;
      model.continuing_subword_prefix.clear();
      model.end_of_word_suffix.clear();
      model.ignore_merges = false;
      break;
    }
    default:
      model.unk_id = rules.name == "AlbertTokenizer" ? 1U : 3U;
      if (rules.names == ClassRules::Names::camembert || rules.name == "DebertaV2Tokenizer") {
        model.unk_id = rules.name == "DebertaV2Tokenizer" ? 1U : 0U;
        for (std::size_t i = 0; i < model.tokens.size(); ++i) {
          if (model.tokens[i] != unk) continue;
          if (rules.name == "DebertaV2Tokenizer" && model.scores[i] != 0.0) break;
          model.unk_id = i;
          break;
        }
      }
  }
  return true;
}

void prepend_lower_case(json& rest) {
  const json lower = {{"type", "Lowercase"}};
  const json before = rest.value("normalizer", json());
  json list = json::array();
  if (before.is_object() && before.value("type", "") == "Sequence") {
    list = before.value("normalizers", json::array());
  } else if (!before.is_null()) {
    list.push_back(before);
  }
  if (!list.is_array()) return;  // refused when the stages are made
  for (const json& part : list)
    if (part.is_object() && part.value("type", json()) == "Lowercase") return;
  list.insert(list.begin(), lower);
  rest["normalizer"] = {{"type", "Sequence"}, {"normalizers", std::move(list)}};
}

void choose_side(const TokenizerConfig& config, TokenizerJson& parts) {
  const json truncation = parts.rest.value("truncation", json());
  std::string side = "right";
  if (truncation.is_object() && truncation.value("direction", json()) == "Left") side = "left";
  if (const auto said = config.text("truncation_side")) side = *said;
  if (side != "left" && side != "right")
    fail(ErrorKind::corrupt, "{}: \"truncation_side\" is neither left nor right", config.origin);
  parts.side = side == "left" ? TruncationSide::left : TruncationSide::right;
  if (truncation.is_object())
    parts.rest["truncation"]["direction"] = side == "left" ? "Left" : "Right";
}

// The rules of each token, the last entry of a list winning as it does in the list.
std::map<std::string, json> effective(const json& list) {
  std::map<std::string, json> tokens;
  if (!list.is_array()) return tokens;
  for (json token : list) {
    if (!token.is_object()) continue;
    token.erase("id");
    const std::string content = token.value("content", "");
    tokens[content] = std::move(token);
  }
  return tokens;
}

std::string model_settings(const ModelConfig& model) {
  return fmt::format("{} {} {} {} {} {} {} {} {}", static_cast<int>(model.kind),
                     model.unk_token.value_or(""), model.unk_id.value_or(0),
                     model.continuing_subword_prefix, model.end_of_word_suffix, model.fuse_unk,
                     model.byte_fallback, model.ignore_merges, model.max_input_chars_per_word);
}

// Takes the class's word for everything but the vocabulary.
class Configurator {
 public:
  explicit Configurator(const TokenizerConfig& config)
      : config_(config), rules_(find_class_rules(config.class_name)) {}

  void model(ModelConfig& model) {
    const std::string before = model_settings(model);
    if (rules_ != nullptr && !configure_model(*rules_, config_, model)) rules_ = nullptr;
    if (const std::string after = model_settings(model); after != before) changes_["model"] = after;
  }

  void stages(TokenizerJson& parts) {
    json& rest = parts.rest;
    const json before = rest;
    const json in_file = rest.value("added_tokens", json::array());
    const TokenList tokens(rules_, config_, in_file.is_array() ? in_file : json::array());
    rest["added_tokens"] = tokens.list();
    if (rules_ == nullptr && in_file.is_array()) parts.first_batch = in_file.size();
    if (rules_ != nullptr) {
      Stages stages{config_, rest, tokens.named(), charsmap_of(rest), {}};
      TokenNumbers numbers(*parts.model);
      for (const json& token : rest["added_tokens"]) numbers.add(token["content"]);
      for (const auto& [name, token] : tokens.named()) {
        const std::string content = token_content(config_, token);
        if (const auto id = numbers.find(content)) stages.ids[content] = *id;
      }
      rules_->build(stages);
    }
    if (config_.lower_case) prepend_lower_case(rest);
    choose_side(config_, parts);
    parts.split_special_tokens = config_.flag("split_special_tokens", false);
    compare(before, parts);
  }

  std::string changes() const { return changes_.empty() ? "" : changes_.dump(); }

 private:
  void compare(const json& before, const TokenizerJson& parts) {
    for (const char* key : {"normalizer", "pre_tokenizer", "post_processor"}) {
      const json& after = parts.rest[key];
      if (before.value(key, json()) != after) changes_[key] = after;
    }
    const auto tokens = effective(parts.rest["added_tokens"]);
    if (tokens != effective(before.value("added_tokens", json())))
      changes_["added_tokens"] = tokens;
    if (parts.side == TruncationSide::left) changes_["truncation_side"] = "left";
    if (parts.split_special_tokens) changes_["split_special_tokens"] = true;
  }

  const TokenizerConfig& config_;
  const ClassRules* rules_;
  json changes_ = json::object();
};

ConfiguredTokenizer configured(const std::string& folder, const std::string& file,
                               TokenizerSource source, std::string class_name = "") {
  TokenizerConfig config = read_tokenizer_config(folder, file);
  if (!class_name.empty()) config.class_name = class_name;
  Configurator configurator(config);
  configurator.model(source.model);
  ConfiguredTokenizer result{build_model(std::move(source)), file, ""};
  configurator.stages(result.parts);
  result.changes = configurator.changes();
  return result;
}

// A vocab.txt is BERT's, whatever the files beside it say.
ConfiguredTokenizer configured_vocabulary(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash);
  ConfiguredTokenizer result =
      configured(folder, file, read_bert_vocabulary(file), "BertTokenizer");
  const json& special = result.parts.rest["post_processor"]["special_tokens"];
  for (const auto& [token, ids] : special.items())
    if (!result.parts.model->token_to_id(token))
      fail(ErrorKind::corrupt, "{}: the special token '{}' is not in the vocabulary", file, token);
  return result;
}

bool is_static(const std::string& path) {
  const auto parsed = [](const std::string& file) {
    constexpr std::size_t kMost = std::size_t{16} << 20;
    if (!io::is_file(file)) return json();
    return json::parse(io::read_text_file(file, kMost), nullptr, /*allow_exceptions=*/false);
  };
  const json modules = parsed(io::join_path(path, "modules.json"));
  if (modules.is_array() && !modules.empty() && modules[0].is_object()) {
    const json type = modules[0].value("type", json());
    return type.is_string() && type.get<std::string>().ends_with(".StaticEmbedding");
  }
  const json config = parsed(io::join_path(path, "config.json"));
  return config.is_object() && config.value("model_type", json()) == "model2vec";
}

}  // namespace

std::string tokenizer_folder(const std::string& path) {
  const std::string list = io::join_path(path, "modules.json");
  if (!io::is_file(list)) return path;
  const json modules = json::parse(io::read_text_file(list, std::size_t{16} << 20), nullptr,
                                   /*allow_exceptions=*/false);
  if (!modules.is_array() || modules.empty() || !modules[0].is_object()) return path;
  const json folder = modules[0].value("path", json());
  const bool inside = folder.is_string() &&
                      folder.get<std::string>().find("..") == std::string::npos &&
                      !folder.get<std::string>().starts_with('/');
  if (!inside || folder.get<std::string>().empty()) return path;
  return io::join_path(path, folder.get<std::string>());
}

std::string tokenizer_file(const std::string& path) {
  if (!io::is_directory(path)) return path;
  const std::string folder = tokenizer_folder(path);
  for (const char* name : {"tokenizer.json", "vocab.txt"})
    if (const std::string file = io::join_path(folder, name); io::is_file(file)) return file;
  if (const auto gguf = io::find_gguf(path)) return *gguf;
  for (const char* name : {"sentencepiece.bpe.model", "spiece.model", "tokenizer.model"}) {
    if (!io::is_file(io::join_path(folder, name))) continue;
    fail(ErrorKind::unsupported,
         "{}: only a SentencePiece model is here; write a tokenizer.json with "
         "AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers",
         io::join_path(folder, name));
  }
  fail(ErrorKind::not_found,
       "{}: neither tokenizer.json, vocab.txt nor a .gguf file is in this directory", path);
}

ConfiguredTokenizer open_configured_tokenizer(const std::string& path) {
  const std::string file = tokenizer_file(path);
  if (file.ends_with(".gguf"))
    return {build_model(take_apart(gguf_tokenizer_json(file), file)), file, ""};
  if (file.ends_with(".txt")) return configured_vocabulary(file);
  if (!io::is_directory(path) || is_static(path))
    return {build_model(read_tokenizer_source(file)), file, ""};
  return configured(tokenizer_folder(path), file, read_tokenizer_source(file));
}

}  // namespace kindred::text
