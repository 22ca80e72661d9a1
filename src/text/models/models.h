// The four kinds of token model, built from what was read. Tested by token_model_test.cc.
#pragma once

#include <memory>

#include "text/models/model_config.h"
#include "text/token_model.h"

namespace kindred::text {

/// Errors: corrupt where the fields contradict each other; unsupported for vocabularies too large.
std::unique_ptr<const TokenModel> make_word_level(ModelConfig config);
std::unique_ptr<const TokenModel> make_word_piece(ModelConfig config);
std::unique_ptr<const TokenModel> make_bpe(ModelConfig config);
std::unique_ptr<const TokenModel> make_unigram(ModelConfig config);

/// By `config.kind`.
std::unique_ptr<const TokenModel> make_token_model(ModelConfig config);

}  // namespace kindred::text
