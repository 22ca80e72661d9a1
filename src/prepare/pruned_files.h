// The files of a model whose vocabulary gets smaller. Tested by vocabulary_prune_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/directory.h"
#include "prepare/tokenizer_prune.h"

namespace kindred::prepare {

/// From one numbering of tokens to another; nothing where the other has no such token.
using IdMap = std::vector<std::optional<std::uint32_t>>;

/// Writes them one after another: tokenizer, settings, weights. Everything that no token id stands
/// in is copied by the constructor.
///
/// Threads: one at a time.
class PrunedFiles {
 public:
  /// `root`: the new directory. Errors: unsupported for GGUF, or without a tokenizer.json.
  PrunedFiles(const model::ModelDirectory& source, std::string root);

  /// The ids that config.json and generation_config.json name ("pad_token_id" …).
  std::vector<std::uint32_t> ids_in_settings() const;

  /// tokenizer.json with the ids changed in the files beside it, and vocab.txt where the model has
  /// one.
  void write_tokenizer(const std::function<bool(std::uint32_t id)>& is_used,
                       KeptCharacters characters);
  /// What Tokenizer::open takes of the new model.
  std::string tokenizer_path() const;

  /// config.json and generation_config.json. `rows`: of the new tables.
  void write_settings(std::size_t rows, const IdMap& new_of_old);

  struct Written {
    std::uint64_t parameters_before = 0, parameters_after = 0;
    std::uint64_t bytes_before = 0, bytes_after = 0;
  };
  /// model.safetensors: row i of a table of tokens is row old_of_new[i], zeros where there is none.
  Written write_weights(const IdMap& old_of_new);

 private:
  std::string old_file(const char* name) const;
  std::string new_file(const char* name) const;
  void write_vocabulary_text(const nlohmann::json& tokenizer) const;

  const model::ModelDirectory& source_;
  std::string root_;
  std::string main_;  ///< the folder of tokenizer and weights in both
};

}  // namespace kindred::prepare
