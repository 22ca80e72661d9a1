// What a model directory (or GGUF file) holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kindred {

/// Facts about a model, read from its configuration and tensor headers.
struct ModelInfo {
  std::string path;
  std::string format;  ///< "sentence-transformers", "huggingface", "gguf", "static"
  std::string family;  ///< "bert", "qwen3", … or "static"
  std::size_t layers = 0;
  std::size_t hidden = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  std::size_t vocab_size = 0;
  std::size_t max_length = 0;  ///< tokens, template tokens included; 0: no limit
  std::size_t dimensions = 0;  ///< of the final vector
  bool causal = false;
  std::string pooling;  ///< "mean", "cls+mean", …
  bool include_prompt = true;
  bool chat_template = false;  ///< texts are wrapped by it (see EncoderOptions::plain_text)
  bool normalize = false;
  std::vector<std::string>
      modules;  ///< in order: "Transformer", "Pooling", "Dense 384→256 tanh", "Normalize"
  std::map<std::string, std::string> prompts;
  std::string default_prompt;  ///< a key of `prompts`, or empty
  std::string similarity;      ///< "cosine", "dot", …
  std::uint64_t parameters = 0;
  std::uint64_t file_bytes = 0;  ///< of the weight files
  std::string weight_types;      ///< "F32", "Q4_1+Q8_0", …
  /// 64 hex digits (SHA-256 over configuration, tokenizer and weights): who made a vector. Pooling,
  /// prompt, dimension and precision chosen at run time are added by `Encoder::fingerprint`.
  std::string fingerprint;
  /// What may fail later, a sentence each: tokens that the embeddings have no row for.
  std::vector<std::string> warnings;
};

/// Reads every weight byte once, for the fingerprint. `base`: see EncoderOptions. Errors:
/// not_found, corrupt, unsupported (each names the file and the field).
ModelInfo inspect(const std::string& path, const std::string& base = "");

/// How `quantize` stores the matrices of a transformer's linear layers, or a static model's table.
enum class WeightFormat {
  bf16,  ///< half the size of float32; other programs read it too
  int8,  ///< a quarter; one scale an output channel, read by Kindred only
};

struct QuantizeResult {
  std::uint64_t bytes_before = 0;  ///< of the weight files
  std::uint64_t bytes_after = 0;
};

/// Copies a model directory to the new directory `output` with its matrices in `format` (tables of
/// word embeddings in bfloat16; norms, biases, small tables and Dense modules as they are).
/// `output` appears whole or not at all. `progress` may be empty; it is given bytes read and all
/// bytes. Errors: unsupported for GGUF, whose matrices are quantised already; bad_input when
/// `output` exists; as `inspect`.
QuantizeResult quantize(
    const std::string& path, const std::string& output, WeightFormat format,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace kindred
