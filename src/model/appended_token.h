// A token behind every text: the learnable [CLS] of a decoder, which sees the whole text from
// there. Tested by appended_token_test.cc.
#pragma once

#include <cstdint>
#include <string>

#include "model/directory.h"

namespace kindred::model {

struct AppendedToken {
  std::string content = "<|kindred_cls|>";
  std::uint32_t id = 0;  ///< its row of the word embeddings
};

/// The token with the first id that the model's tokenizer has not given away: a spare row of the
/// embeddings where there is one, else the row behind the last. Errors: unsupported where the
/// tokenizer has no tokenizer.json, or a template that cannot be added to.
AppendedToken next_token(const ModelDirectory& source, const std::string& content);

/// Adds the token to the tokenizer in the directory `root`: an entry in tokenizer.json, and in
/// tokenizer_config.json where that lists them, and the template puts it behind a text and behind a
/// pair, so that programs need no code of their own for it. Errors: unsupported where
/// the tokenizer would not end a text with it.
void append_token(const std::string& root, const AppendedToken& token);

}  // namespace kindred::model
