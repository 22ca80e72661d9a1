#include "model/appended_token.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "kindred/tokenizer.h"

namespace kindred::model {
namespace {

using Json = nlohmann::ordered_json;

Json read_json(const std::string& path) {
  try {
    return Json::parse(io::read_text_file(path));
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "{}: not valid JSON: {}", path, error.what());
  }
}

void write_json(const std::string& path, const Json& json) {
  io::write_text_file(path, json.dump(2, ' ', false, Json::error_handler_t::strict) + "\n");
}

Json sequence(const char* id, unsigned type) {
  return {{"Sequence", {{"id", id}, {"type_id", type}}}};
}

/// A template of the texts alone.
Json plain_template() {
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({sequence("A", 0)})},
          {"pair", Json::array({sequence("A", 0), sequence("B", 1)})},
          {"special_tokens", Json::object()}};
}

void add_to_template(Json& processor, const AppendedToken& token) {
  for (const char* form : {"single", "pair"}) {
    const unsigned type = std::string_view(form) == "pair" ? 1 : 0;
    processor[form].push_back({{"SpecialToken", {{"id", token.content}, {"type_id", type}}}});
  }
  processor["special_tokens"][token.content] = {{"id", token.content},
                                                {"ids", Json::array({token.id})},
                                                {"tokens", Json::array({token.content})}};
}

bool is_template(const Json& processor) {
  return processor.is_object() && processor.value("type", "") == "TemplateProcessing";
}

/// Into the template that there is, or into one of its own behind what there is.
void add_to_processor(Json& processor, const AppendedToken& token) {
  if (is_template(processor)) return add_to_template(processor, token);
  const bool list = processor.is_object() && processor.value("type", "") == "Sequence";
  Json parts = list ? processor.at("processors") : Json::array();
  if (!list && !processor.is_null()) parts.push_back(processor);
  auto place = parts.begin();
  while (place != parts.end() && !is_template(*place)) ++place;
  if (place == parts.end()) {
    parts.push_back(plain_template());
    place = parts.end() - 1;
  }
  add_to_template(*place, token);
  processor = parts.size() == 1 ? parts.front()
                                : Json{{"type", "Sequence"}, {"processors", std::move(parts)}};
}

Json entry_of(const AppendedToken& token) {
  return {{"content", token.content}, {"single_word", false}, {"lstrip", false},
          {"rstrip", false},          {"normalized", false},  {"special", true}};
}

void add_to_tokenizer(const std::string& path, const AppendedToken& token) {
  if (!io::is_file(path)) {
    fail(ErrorKind::unsupported,
         "a token behind every text needs a tokenizer.json to stand in, and the model has none; "
         "save its tokenizer by transformers first");
  }
  Json tokenizer = read_json(path);
  Json entry = {{"id", token.id}};
  entry.update(entry_of(token));
  tokenizer["added_tokens"].push_back(entry);
  add_to_processor(tokenizer["post_processor"], token);
  write_json(path, tokenizer);
}

/// The files whose list of tokens counts instead of that of tokenizer.json.
void add_to_settings(const std::string& root, const AppendedToken& token) {
  const std::string settings = io::join_path(root, "tokenizer_config.json");
  if (io::is_file(settings)) {
    Json json = read_json(settings);
    if (json.contains("added_tokens_decoder")) {
      json["added_tokens_decoder"][std::to_string(token.id)] = entry_of(token);
      write_json(settings, json);
    }
  }
  const std::string older = io::join_path(root, "added_tokens.json");
  if (io::is_file(older)) {
    Json json = read_json(older);
    json[token.content] = token.id;
    write_json(older, json);
  }
}

}  // namespace

AppendedToken next_token(const ModelDirectory& source, const std::string& content) {
  const Tokenizer tokenizer = Tokenizer::open(source.require_tokenizer());
  if (tokenizer.token_to_id(content)) {
    fail(ErrorKind::bad_input, "{}: its tokenizer has a token {} already; give another name",
         source.info.path, content);
  }
  std::size_t next = tokenizer.vocab_size();
  for (std::size_t id = source.spec.vocab_size; id > next; --id)
    if (!tokenizer.id_to_token(static_cast<std::uint32_t>(id - 1)).empty()) next = id;
  return {content, static_cast<std::uint32_t>(next)};
}

void append_token(const std::string& root, const AppendedToken& token) {
  add_to_tokenizer(io::join_path(root, "tokenizer.json"), token);
  add_to_settings(root, token);
  const Tokenizer tokenizer = Tokenizer::open(root);
  const auto ends = [&](const char* text) {
    const std::vector<std::uint32_t> ids = tokenizer.encode(text).ids;
    return !ids.empty() && ids.back() == token.id;
  };
  if (tokenizer.token_to_id(token.content) != token.id || !ends("a") || !ends("")) {
    fail(
        ErrorKind::unsupported,
        "the model's tokenizer cannot be made to end a text with {}: its class has a template or "
        "numbers of its own that transformers puts in the place of tokenizer.json's; train without "
        "a token of its own, pooling by cls, mean or last",
        token.content);
  }
}

}  // namespace kindred::model
