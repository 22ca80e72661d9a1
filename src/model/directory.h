// A model as it lies on disk: everything the encoder needs, checked. Tested by directory_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kindred/model.h"
#include "model/spec.h"
#include "text/chat_template.h"

namespace kindred::model {

/// Of config.json: what `bidirectional` is read from (see trained_model.h).
constexpr const char* kAttentionKey = "kindred_attention";
constexpr std::size_t kAttentionVersion = 1;

enum class PoolingMode { cls, max, mean, sqrt, weighted, last, idf, sif };

struct PoolingSpec {
  std::vector<PoolingMode> modes;  ///< several are concatenated in this order
  bool include_prompt = true;
};

/// "cls+mean" and the like. Errors: bad_input, listing the modes.
PoolingSpec parse_pooling(const std::string& text);
std::string to_string(const PoolingSpec& pooling);

enum class DenseActivation { identity, tanh, relu, gelu, silu, sigmoid };

/// sentence-transformers' Dense module: y = act(W x + b) [+ x].
struct DenseSpec {
  LinearWeights linear;
  DenseActivation activation = DenseActivation::identity;
  bool residual = false;
};

/// After pooling, in the order of modules.json.
struct HeadStep {
  enum class Kind { dense, normalize } kind;
  DenseSpec dense;  ///< when dense
};

/// A model directory or GGUF file, read and checked; weights stay mapped.
struct ModelDirectory {
  ModelInfo
      info;  ///< `fingerprint` is computed by `fingerprint(directory)`, since it reads every byte
  bool is_static =
      false;  ///< StaticEmbedding / model2vec: `static_embeddings` instead of a transformer
  TransformerSpec spec;
  TransformerWeights weights;
  io::TensorView static_embeddings;  ///< [vocab, d]
  PoolingSpec pooling;
  std::vector<HeadStep> head;
  std::optional<std::size_t> truncate_dim;
  /// What Tokenizer::open takes: the folder of a transformer, since files beside tokenizer.json
  /// count there, or a file; empty where the directory has none (see require_tokenizer).
  std::string tokenizer_path;
  /// Ids to append unless the tokenizer's own template did (old gte-Qwen2: <|endoftext|>).
  std::vector<std::uint32_t> append_ids;
  /// Layers of a causal model that see in both directions unless the caller says otherwise, as
  /// parse_bidirectional takes them; "" for none. `spec` and `info.causal` say what the model is
  /// without it.
  std::string bidirectional;
  /// Wraps every text; unset where texts are encoded as they are.
  std::optional<text::ChatSource> chat;
  /// What a LoRA adapter changed, a line each with its scale; "" where there is none. `weights`
  /// hold it, the files of the base do not.
  std::string adapter;
  std::vector<std::string> weight_files;  ///< everything that weights were read from
  /// The folder of the Transformer or StaticEmbedding module; "" for GGUF.
  std::string main_folder;

  /// `path`: a sentence-transformers or Hugging Face directory, a GGUF file, or a directory that
  /// holds one GGUF file. Where modules.json is missing, sentence-transformers' own defaults hold:
  /// mean pooling, or the last token for causal language models. Errors: not_found, corrupt,
  /// unsupported; each names the file and the field.
  ///
  /// A PEFT adapter's directory, or one whose Transformer module sentence-transformers saved as an
  /// adapter, is opened with its base model and merged (see adapter.h): `base`, else what the
  /// adapter names. Errors: bad_input for an adapter beside full weights, and for a `base` without
  /// an adapter.
  static ModelDirectory open(const std::string& path, const std::string& base = "");

  /// Errors: unsupported where an adapter is merged in memory: for what works on the files.
  void require_own_weights() const;

  /// `tokenizer_path`. Errors: not_found or unsupported, saying how to make a tokenizer.json.
  const std::string& require_tokenizer() const;
};

}  // namespace kindred::model
