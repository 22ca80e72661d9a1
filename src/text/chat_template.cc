#include "text/chat_template.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "io/file.h"
#include "kindred/error.h"
#include "text/class_rules.h"
#include "text/code_points.h"
#include "text/configured_tokenizer.h"

namespace kindred::text {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t{4} << 20;

// Templates by name; a single one is "default".
using Templates = std::map<std::string, std::string>;

Templates in_files(const std::string& folder) {
  Templates templates;
  if (const std::string file = io::join_path(folder, "chat_template.jinja"); io::is_file(file))
    templates["default"] = io::read_text_file(file, kMostBytes);
  const std::string more = io::join_path(folder, "additional_chat_templates");
  if (!io::is_directory(more)) return templates;
  for (const std::string& name : io::list_directory(more)) {
    constexpr std::string_view kEnding = ".jinja";
    if (!name.ends_with(kEnding)) continue;
    templates[name.substr(0, name.size() - kEnding.size())] =
        io::read_text_file(io::join_path(more, name), kMostBytes);
  }
  return templates;
}

[[noreturn]] void corrupt(const TokenizerConfig& config) {
  fail(ErrorKind::corrupt, "{}: \"chat_template\" is neither a template nor a list of named ones",
       config.origin);
}

// The text of a template that stands alone makes `single` true: only then do the reference's
// heuristics look into it.
Templates in_config(const TokenizerConfig& config, bool& single) {
  Templates templates;
  if (!config.has("chat_template")) return templates;
  const nlohmann::json& value = config.fields["chat_template"];
  single = value.is_string();
  if (single) {
    templates["default"] = value.get<std::string>();
  } else if (value.is_array()) {
    for (const nlohmann::json& entry : value) {
      const bool named = entry.is_object() && entry.contains("name") && entry["name"].is_string() &&
                         entry.contains("template") && entry["template"].is_string();
      if (!named) corrupt(config);
      templates[entry["name"]] = entry["template"];
    }
  } else if (value.is_object()) {
    for (const auto& [name, source] : value.items()) {
      if (!source.is_string()) corrupt(config);
      templates[name] = source;
    }
  } else {
    corrupt(config);
  }
  return templates;
}

// sentence-transformers' guess at what a template expects as a message's content.
bool looks_structured(const std::string& source) {
  constexpr std::array<std::string_view, 6> kSigns = {
      "content[0]", ".type", "'type'", "\"type\"", "item.type", "message.content["};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return source.find(sign) != std::string::npos; });
}

bool is_structured(const std::string& format, const std::string& model_type,
                   const std::string& source, bool single) {
  if (format != "auto") return format != "flat";
  constexpr std::array<std::string_view, 4> kFlat = {"apertus", "deepseek_v3", "gpt_oss",
                                                     "seed_oss"};
  if (std::find(kFlat.begin(), kFlat.end(), model_type) != kFlat.end()) return false;
  return !single || source.empty() || looks_structured(source);
}

jinja::Value to_value(const ordered_json& json, int depth = 0) {
  if (depth > 32) fail(ErrorKind::corrupt, "a variable of a chat template is nested too deeply");
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    jinja::List list;
    for (const ordered_json& part : json) list.push_back(to_value(part, depth + 1));
    return list;
  }
  if (!json.is_object()) return {};
  jinja::Dict dict;
  for (const auto& [key, part] : json.items()) dict.emplace_back(key, to_value(part, depth + 1));
  return dict;
}

jinja::Value message(const char* role, std::string_view text, bool structured) {
  jinja::Value content{std::string(text)};
  if (structured) content = jinja::List{jinja::Dict{{"type", "text"}, {"text", content}}};
  return jinja::Dict{{"role", role}, {"content", std::move(content)}};
}

template <typename Work>
auto with_advice(const std::string& origin, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}; encode with --plain-text to leave the template out", origin,
         error.what());
  }
}

std::string valid(std::string_view text) {
  std::string repaired;
  append_repaired(text, repaired);
  return repaired;
}

}  // namespace

std::optional<ChatSource> read_chat_template(const std::string& folder,
                                             const std::string& model_type,
                                             const std::string& format) {
  const TokenizerConfig config = read_tokenizer_config(folder, tokenizer_file(folder));
  Templates templates = in_files(folder);
  bool single = templates.size() == 1 && templates.contains("default");
  const bool files = !templates.empty();
  if (!files) templates = in_config(config, single);
  if (templates.empty()) return std::nullopt;
  const auto chosen = templates.find("default");
  if (chosen == templates.end())
    fail(ErrorKind::unsupported,
         "{}: several chat templates, and none is named \"default\"; transformers cannot choose "
         "either. Encode with --plain-text, or name one \"default\"",
         folder);
  ChatSource chat;
  chat.origin = files ? io::join_path(folder, "chat_template.jinja") : config.origin;
  chat.source = chosen->second;
  chat.structured = is_structured(format, model_type, chat.source, single);
  const ClassRules* rules = find_class_rules(config.class_name);
  const NamedTokens named =
      named_special_tokens(config, rules != nullptr ? rules->defaults : NamedTokens{});
  for (const auto& [name, token] : named) chat.variables[name] = token_content(config, token);
  return chat;
}

ChatTemplate::ChatTemplate(const ChatSource& source)
    : origin_(source.origin),
      structured_(source.structured),
      template_(with_advice(origin_, [&] { return jinja::Template(source.source); })) {
  for (const auto& [name, value] : source.variables.items())
    variables_.emplace_back(name, to_value(value));
  for (const char* name : {"tools", "documents"})
    if (jinja::find(variables_, name) == nullptr) variables_.emplace_back(name, jinja::Value());
  if (jinja::find(variables_, "add_generation_prompt") == nullptr)
    variables_.emplace_back("add_generation_prompt", false);
}

std::string ChatTemplate::wrap(std::string_view prompt, std::string_view text) const {
  jinja::List messages;
  if (!prompt.empty()) messages.push_back(message("system", valid(prompt), structured_));
  messages.push_back(message("user", valid(text), structured_));
  jinja::Dict variables = variables_;
  variables.emplace_back("messages", std::move(messages));
  return with_advice(origin_, [&] { return template_.render(variables); });
}

}  // namespace kindred::text
