// A BERT vocab.txt as the tokenizer.json that says the same. Tested by tokenizer_test.cc.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace kindred::text {

/// `path` names a vocab.txt; a tokenizer_config.json beside it may say do_lower_case,
/// strip_accents, tokenize_chinese_chars and the special tokens. Errors: not_found, corrupt.
nlohmann::json bert_vocab_json(const std::string& path);

}  // namespace kindred::text
