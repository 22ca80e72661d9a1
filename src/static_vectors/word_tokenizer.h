// Word vectors' words as a Tokenizer's tokens. Tested by word_tokenizer_test.cc.
#pragma once

#include <memory>

#include "kindred/tokenizer.h"
#include "static_vectors/word_finder.h"

namespace kindred::static_vectors {

/// A token is a word of the model, its id that of the word; a word that the model has n-grams for
/// alone is their rows in a model with n-grams, each a token of its own (words + bucket, without a
/// spelling) that spans the whole word; and nothing in another. There are no special tokens, no
/// template and, unless a limit is asked for, no truncation; a pair is its texts in order.
Tokenizer make_word_tokenizer(std::shared_ptr<const StaticModel> model, WordChoice choice);

}  // namespace kindred::static_vectors
