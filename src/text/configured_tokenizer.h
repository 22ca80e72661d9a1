// A directory's tokenizer as transformers 5 and sentence-transformers make it: tokenizer.json, then
// what the files beside it change. Tested by tokenizer_config_test.cc.
#pragma once

#include <string>
#include <vector>

#include "text/tokenizer_json.h"

namespace kindred::text {

struct ConfiguredTokenizer {
  TokenizerJson parts;
  std::string origin;   ///< the file that holds the vocabulary
  std::string changes;  ///< what the files beside it changed, in words of its own; empty: nothing
};

/// `path`: a directory, or a tokenizer.json (taken as it is), vocab.txt or GGUF file. A directory
/// of static embeddings takes its tokenizer.json as it is, too, as sentence-transformers does.
/// Errors: not_found, corrupt, unsupported.
ConfiguredTokenizer open_configured_tokenizer(const std::string& path);

/// The tokenizer.json or vocab.txt of a folder, or the file `path` itself. Errors: not_found,
/// unsupported.
std::string tokenizer_file(const std::string& path);

/// The folder that holds the tokenizer of the model directory `path`: that of the first module
/// where modules.json says so, else `path` itself.
std::string tokenizer_folder(const std::string& path);

}  // namespace kindred::text
