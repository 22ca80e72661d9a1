// A tokenizer.json taken apart: the vocabulary straight into a TokenModel, the small rest as JSON.
// Tested by tokenizer_json_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "kindred/tokenizer.h"
#include "text/models/model_config.h"
#include "text/token_model.h"

namespace kindred::text {

/// What a tokenizer.json holds. The vocabulary never becomes a JSON tree: a quarter of a million
/// pieces would cost over 100 MB and most of a second.
struct TokenizerJson {
  std::unique_ptr<const TokenModel> model;
  nlohmann::json rest;  ///< every other field: version, added_tokens, normalizer, …
  /// Where a text is cut to a `max_length` that the caller gives.
  TruncationSide side = TruncationSide::right;
  /// So many entries of `added_tokens` are added at once, the others after them: see TokenNumbers.
  std::size_t first_batch = SIZE_MAX;
  /// Special tokens that stand in a text are text.
  bool split_special_tokens = false;
};

/// The same before the model is built from its settings and vocabulary.
struct TokenizerSource {
  ModelConfig model;
  nlohmann::json rest;
};

/// Builds the model. Errors: corrupt, unsupported.
TokenizerJson build_model(TokenizerSource source);

/// Reads the file. Errors: not_found, corrupt, unsupported.
TokenizerSource read_tokenizer_source(const std::string& path);

/// Of a tokenizer.json that was made as a JSON tree; `origin` names it in messages.
TokenizerSource take_apart(nlohmann::json tokenizer, const std::string& origin);

/// Reads the file. Errors: not_found, corrupt, unsupported.
TokenizerJson read_tokenizer_json(const std::string& path);

/// Reads the text of such a file; `origin` names it in messages.
TokenizerJson parse_tokenizer_json(std::string_view json, const std::string& origin);

}  // namespace kindred::text
