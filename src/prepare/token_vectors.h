// A directory of token vectors with the tokenizer that they belong to. Tested by distill_test.cc.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

#include "prepare/distill.h"

namespace kindred::prepare {

struct TokenVectorTable {
  const float* values = nullptr;  ///< rows × dimensions, row-major: row i is of token i
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  DistilledFormat format = DistilledFormat::static_embedding;
  std::string source;  ///< the name of the model that it was made from
  double sif = 0.0;
};

/// Writes the files of such a model into the directory `root`. (The writers of word vectors have
/// tokenizers of whole words; this takes any.)
void write_token_vectors(const std::string& root, const nlohmann::json& tokenizer,
                         const TokenVectorTable& table);

}  // namespace kindred::prepare
