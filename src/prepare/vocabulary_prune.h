// A model with the pieces of its vocabulary that a corpus uses. Tested by vocabulary_prune_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "encode/text_chunks.h"
#include "prepare/tokenizer_prune.h"

namespace kindred::prepare {

struct VocabularyPruneOptions {
  std::vector<encode::TextSource> texts;  ///< read twice: none may be a pipe
  KeptCharacters characters = KeptCharacters::all;
  int threads = 1;
};

struct VocabularyPruneResult {
  std::size_t tokens_before = 0;
  std::size_t tokens_after = 0;
  std::size_t used = 0;     ///< tokens that the texts use
  std::uint64_t texts = 0;  ///< each with every prompt of the model, all compared
  std::uint64_t parameters_before = 0;
  std::uint64_t parameters_after = 0;
  std::uint64_t bytes_before = 0;  ///< of the weights
  std::uint64_t bytes_after = 0;
};

/// What is under way: "count" or "compare", and the texts done in it.
using PruneProgress = std::function<void(const char* what, std::uint64_t texts)>;

/// Writes the model to the new directory `output` with a tokenizer.json of the pieces that the
/// texts use (see prune_tokenizer), rows of its tables of tokens to match (word embeddings, output
/// matrices and their biases; a row is copied bit by bit), and new ids in its settings. Texts are
/// taken as they enter the model: alone, behind each of its prompts, wrapped by its chat template.
///
/// Every text is then cut by the old and the new tokenizer, and the tokens are compared; a text
/// that the model embeds has the same tokens, rows and vector as before, bit by bit. Files that
/// hold the vocabulary in other forms (sentencepiece.bpe.model, vocab.json …) are left out,
/// vocab.txt is written anew.
///
/// Errors: unsupported for GGUF, or without a tokenizer.json; bad_input for pipes; internal, with
/// the text, where tokens differ (nothing is written then).
VocabularyPruneResult prune_vocabulary(const std::string& model, const std::string& output,
                                       const VocabularyPruneOptions& options,
                                       const PruneProgress& progress = {});

}  // namespace kindred::prepare
