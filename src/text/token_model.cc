#include "text/token_model.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "text/models/models.h"

namespace kindred::text {

void TokenModel::tokenize_raw(std::string_view, std::vector<Token>&) const {
  require(false, "this token model does not accept raw bytes");
}

void TokenModel::tokenize_raw_ids(std::string_view, std::vector<std::uint32_t>&) const {
  require(false, "this token model does not accept raw bytes");
}

std::unique_ptr<const TokenModel> make_token_model(ModelConfig config) {
  switch (config.kind) {
    case ModelKind::word_level:
      return make_word_level(std::move(config));
    case ModelKind::word_piece:
      return make_word_piece(std::move(config));
    case ModelKind::bpe:
      return make_bpe(std::move(config));
    case ModelKind::unigram:
      return make_unigram(std::move(config));
  }
  require(false, "a kind of token model without a maker");
  return nullptr;
}

std::unique_ptr<const TokenModel> make_token_model(std::string_view model_json,
                                                   const std::string& origin) {
  return make_token_model(read_model_config(model_json, origin));
}

std::unique_ptr<const TokenModel> make_token_model(const nlohmann::json& model,
                                                   const std::string& origin) {
  // Through text: there is one reader, with one set of checks.
  try {
    return make_token_model(std::string_view(model.dump()), origin);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::corrupt, "{}: the tokenizer's model cannot be written as JSON: {}", origin,
         error.what());
  }
}

}  // namespace kindred::text
