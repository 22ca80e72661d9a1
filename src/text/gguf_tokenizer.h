// The tokenizer inside a GGUF file, as the tokenizer.json that says the same.
// Tested by gguf_tokenizer_test.cc.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace kindred::text {

/// Builds a tokenizer.json object (model included) from the `tokenizer.ggml.*` metadata of a GGUF
/// file: the kinds `gpt2` (byte-level BPE), `llama` (SentencePiece BPE), `bert` (WordPiece) and
/// `t5` (Unigram). Errors: not_found, corrupt, unsupported (the kind or pre-tokenizer named).
nlohmann::json gguf_tokenizer_json(const std::string& path);

}  // namespace kindred::text
