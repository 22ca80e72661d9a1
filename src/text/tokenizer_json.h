// A tokenizer.json taken apart: the vocabulary straight into a TokenModel, the small rest as JSON.
// Tested by tokenizer_json_test.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "text/token_model.h"

namespace kindred::text {

/// What a tokenizer.json holds. The vocabulary never becomes a JSON tree: a quarter of a million
/// pieces would cost over 100 MB and most of a second.
struct TokenizerJson {
  std::unique_ptr<const TokenModel> model;
  nlohmann::json rest;  ///< every other field: version, added_tokens, normalizer, …
};

/// Reads the file. Errors: not_found, corrupt, unsupported.
TokenizerJson read_tokenizer_json(const std::string& path);

/// Reads the text of such a file; `origin` names it in messages.
TokenizerJson parse_tokenizer_json(std::string_view json, const std::string& origin);

}  // namespace kindred::text
