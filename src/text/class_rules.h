// One tokenizer class of transformers 5: the special tokens it has where the files name none, and
// the stages that it builds itself. Tested by tokenizer_config_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "text/models/model_config.h"
#include "text/tokenizer_config.h"

namespace kindred::text {

/// The stages of a tokenizer.json while a class writes its own over them.
struct Stages {
  const TokenizerConfig& config;
  nlohmann::json& rest;  ///< the tokenizer.json but its model
  const NamedTokens& named;
  nlohmann::json charsmap;                   ///< the file's Precompiled normaliser, or null
  std::map<std::string, std::uint32_t> ids;  ///< of the named tokens

  /// The text of a named token. Errors: unsupported where the files say null.
  std::string name(const char* key) const;
};

struct ClassRules {
  std::string_view name;
  ModelKind model;
  NamedTokens defaults;
  void (*build)(Stages&);
  /// mpnet: strings become tokens that are sought in the normalised text, and <mask> takes the
  /// white space before it; camembert: the latter alone.
  enum class Names { plain, mpnet, camembert } names = Names::plain;
  bool special_again = false;  ///< Qwen2: every special token loses its own white-space rules
};

/// Null for a class that takes the file as it is, which holds for every class that Kindred does not
/// know, too.
const ClassRules* find_class_rules(std::string_view class_name);

}  // namespace kindred::text
