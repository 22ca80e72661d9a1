// A GGUF file said in Hugging Face's terms. Tested by gguf_export_test.cc.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "model/directory.h"

namespace kindred::model {

/// The config.json of the model of a GGUF file, which `source` was opened from. Errors: unsupported
/// for what such a file cannot say: rotary factors that no scaling gives, biases in some of a
/// kind's layers only.
nlohmann::ordered_json gguf_config(const ModelDirectory& source);

/// Writes tokenizer.json and tokenizer_config.json of the file's tokenizer into the directory
/// `root`. Without a token for padding, which sentence-transformers needs, the end's serves for it.
/// Errors: as text::gguf_tokenizer_json.
void write_gguf_tokenizer(const ModelDirectory& source, const std::string& root);

}  // namespace kindred::model
