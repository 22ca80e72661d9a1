// Which of the tokenizer classes of transformers 5 a directory gets. Tested by
// tokenizer_config_test.cc.
#pragma once

#include <string>

namespace kindred::text {

/// AutoTokenizer's choice, without the ending "Fast": "TokenizersBackend" is the class that takes a
/// tokenizer.json as it is. `declared` and `in_model_config` are the `tokenizer_class` of
/// tokenizer_config.json and of config.json; empty where there is none.
std::string tokenizer_class(const std::string& model_type, const std::string& declared,
                            const std::string& in_model_config, const std::string& tokenizer_file);

}  // namespace kindred::text
