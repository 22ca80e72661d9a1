// A model with weights that training made, written as a directory. Tested by trained_model_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/appended_token.h"
#include "model/directory.h"

namespace kindred::model {

/// What training made of a model. Tensors are of floating-point values in memory that the caller
/// keeps; their names do not count.
struct TrainedModel {
  /// The source's structure: the same tensors with the same shapes (of a GGUF file: its rows of
  /// queries and keys in its own order), but for `word_embeddings`, which may have more rows.
  TransformerWeights weights;
  std::optional<PoolingSpec> pooling;         ///< unset: the source's
  std::optional<std::vector<HeadStep>> head;  ///< unset: the source's
  /// Layers that see in both directions, as parse_bidirectional takes them ("all", "0-11", "none");
  /// unset: as the source has it.
  std::optional<std::string> bidirectional;
  /// A token of its own behind every text, whose vector is a row of `word_embeddings`.
  std::optional<AppendedToken> appended;
  /// Prompts by name, recorded for inference; unset: the source's.
  std::optional<std::map<std::string, std::string>> prompts;
  std::string default_prompt;             ///< a key of `prompts`; used where they are set
  std::optional<std::size_t> max_length;  ///< tokens; unset: the source's
  bool plain_text = false;  ///< texts are not wrapped by the chat template that the source has
  io::DType dtype = io::DType::f32;  ///< of matrices and tables: f32 or bf16
  std::string card;                  ///< README.md; empty: none is written
};

/// Writes the model of `source` with what `trained` changes to the new directory `output`, which
/// appears whole or not at all: the layout of sentence-transformers, its transformer in the
/// directory itself, read by it and by Kindred with the same vectors.
///
/// Tensors have the source's names; fused matrices are put together again, and heads that the
/// encoder does not use are left out. A GGUF file becomes a directory in Hugging Face's terms, its
/// tokenizer a tokenizer.json.
///
/// Attention in both directions: `is_causal: false` where it is all layers, which transformers
/// honours from 5.2 on (earlier ones attend causally and say nothing), and always Kindred's own key
/// "kindred_attention" in config.json: {"version": 1, "bidirectional": "0-11"}, and where windows
/// are written otherwise for transformers, "sliding_window" as it was.
///
/// `progress` may be empty; it is given bytes written and all bytes. Errors: corrupt for values
/// that are not finite, naming the tensor; bad_input where `output` exists; unsupported for what
/// the layout cannot say, naming it.
void write_trained(
    const ModelDirectory& source, const TrainedModel& trained, const std::string& output,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace kindred::model
