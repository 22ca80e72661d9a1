// The `model` object of a tokenizer.json, read but not yet built. Tested by model_config_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <simdjson.h>

#include "text/models/string_arena.h"

namespace kindred::text {

enum class ModelKind { word_piece, bpe, unigram, word_level };

/// The fields of all four kinds; each reads its own. Strings are valid UTF-8: the reader refuses
/// anything else, and with it escapes of lone surrogates, as the reference does.
struct ModelConfig {
  ModelKind kind = ModelKind::bpe;
  std::string origin;              ///< the file, for messages
  StringArena tokens;              ///< in the file's order, repeated ones too
  std::vector<std::uint32_t> ids;  ///< one a token; for Unigram 0 … n-1
  std::vector<double> scores;      ///< Unigram: one a token
  StringArena merges;              ///< BPE: left, right, left, right … in the order of rank
  std::optional<std::string> unk_token;
  std::optional<std::uint64_t> unk_id;
  std::string continuing_subword_prefix;
  std::string end_of_word_suffix;
  bool fuse_unk = false;
  bool byte_fallback = false;
  bool ignore_merges = false;
  std::uint64_t max_input_chars_per_word = 100;
};

/// Reads and checks the object. A missing `type` is guessed from the fields as the reference does.
/// Errors: corrupt; unsupported for another type and for dropout.
ModelConfig read_model_config(simdjson::ondemand::object model, const std::string& origin);

/// The same from its text.
ModelConfig read_model_config(std::string_view model_json, const std::string& origin);

}  // namespace kindred::text
