// What stands beside a tokenizer.json and changes it: tokenizer_config.json and its older
// companions, read as transformers 5 reads them. Tested by tokenizer_config_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace kindred::text {

/// The files of one directory, merged. Tables of what is done with each field: docs/tokenizers.md.
struct TokenizerConfig {
  std::string origin;  ///< tokenizer_config.json's path, for messages
  std::string folder;
  std::string class_name;  ///< the class AutoTokenizer would make, without "Fast"; may be unknown
  nlohmann::json fields = nlohmann::json::object();  ///< tokenizer_config.json, overridden by
                                                     ///< sentence-transformers' processor_kwargs
                                                     ///< and by special_tokens_map.json
  nlohmann::json added_tokens_file = nlohmann::json::object();  ///< added_tokens.json, where used
  bool lower_case = false;  ///< sentence-transformers' do_lower_case

  bool has(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
  std::optional<bool> find_flag(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
};

/// Reads what is in `folder`, where `tokenizer_file` is the tokenizer.json or vocab.txt. Errors:
/// corrupt for a file that is no JSON object; unsupported for `fast_tokenizer_files` that name
/// other files.
TokenizerConfig read_tokenizer_config(const std::string& folder, const std::string& tokenizer_file);

/// The named special tokens (bos_token, eos_token, unk_token, sep_token, pad_token, cls_token,
/// mask_token, then the model's own ones), each with its value as it stands: a string or an object
/// with `content`. `defaults` holds for names that the files leave out.
using NamedTokens = std::vector<std::pair<std::string, nlohmann::json>>;
NamedTokens named_special_tokens(const TokenizerConfig& config, const NamedTokens& defaults);
/// True of the seven names above that every tokenizer may have.
bool is_standard_name(const std::string& name);

/// The tokens without a name: `extra_special_tokens` or, older, `additional_special_tokens`.
std::vector<nlohmann::json> extra_special_tokens(const TokenizerConfig& config);

/// Of a string, or an object with `content`. Errors: corrupt.
std::string token_content(const TokenizerConfig& config, const nlohmann::json& token);

}  // namespace kindred::text
