#include "text/tokenizer_json.h"

#include <simdjson.h>

#include "base/error.h"
#include "io/lfs_pointer.h"
#include "io/mapped_file.h"
#include "text/models/model_config.h"
#include "text/models/models.h"

namespace kindred::text {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view raw_text(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::object: {
      ondemand::object object = value.get_object();
      return object.raw_json();
    }
    case ondemand::json_type::array: {
      ondemand::array array = value.get_array();
      return array.raw_json();
    }
    default:
      return value.raw_json_token();
  }
}

[[noreturn]] void corrupt(const std::string& origin, const std::string& what) {
  fail(ErrorKind::corrupt, "{}: not a valid tokenizer.json ({}); fetch the file again", origin,
       what);
}

// Everything of the text is copied: it may go when this returns.
ModelConfig split(const simdjson::padded_string& text, const std::string& origin,
                  nlohmann::json& rest) {
  std::optional<ModelConfig> model;
  rest = nlohmann::json::object();
  try {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(text);
    for (auto field : document.get_object()) {
      const std::string key(std::string_view(field.unescaped_key()));
      ondemand::value value = field.value();
      if (key == "model") {
        model = read_model_config(value.get_object(), origin);
      } else {
        rest[key] = nlohmann::json::parse(raw_text(value));
      }
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      corrupt(origin, "something follows the object");
  } catch (const simdjson::simdjson_error& error) {
    corrupt(origin, error.what());
  } catch (const nlohmann::json::exception& error) {
    corrupt(origin, error.what());
  }
  if (!model) corrupt(origin, "the field 'model' is missing");
  return std::move(*model);
}

// Takes the text, so that it is gone before the model's own tables are built.
TokenizerSource parse(simdjson::padded_string text, const std::string& origin) {
  TokenizerSource source;
  source.model = split(text, origin, source.rest);
  return source;
}

}  // namespace

TokenizerJson build_model(TokenizerSource source) {
  return {make_token_model(std::move(source.model)), std::move(source.rest)};
}

TokenizerSource read_tokenizer_source(const std::string& path) {
  const std::shared_ptr<const io::MappedFile> file = io::MappedFile::open(path);
  io::refuse_lfs_pointer(file->text(), path);
  simdjson::padded_string text(file->text());
  file->release(0, file->size());
  return parse(std::move(text), path);
}

TokenizerSource take_apart(nlohmann::json tokenizer, const std::string& origin) {
  TokenizerSource source;
  // Through text: there is one reader, with one set of checks.
  try {
    source.model = read_model_config(std::string_view(tokenizer.at("model").dump()), origin);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::corrupt, "{}: the tokenizer's model cannot be written as JSON: {}", origin,
         error.what());
  }
  tokenizer.erase("model");
  source.rest = std::move(tokenizer);
  return source;
}

TokenizerJson read_tokenizer_json(const std::string& path) {
  return build_model(read_tokenizer_source(path));
}

TokenizerJson parse_tokenizer_json(std::string_view json, const std::string& origin) {
  return build_model(parse(simdjson::padded_string(json), origin));
}

}  // namespace kindred::text
