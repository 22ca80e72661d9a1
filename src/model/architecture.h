// A family's reading of a configuration: the spec, and where its weights lie. Tested by
// architecture_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/spec.h"

namespace kindred::model {

enum class Presence {
  absent,
  required,
  if_present,  ///< GGUF files do not say; the tensors do
};

/// Names of tensors without ".weight" and ".bias". Those of a layer follow `layer`, in which "{}"
/// stands for the layer's number. An empty name: the family has no such part.
struct TensorNames {
  std::vector<std::string> prefixes;  ///< tried in turn before every name: "", "bert." …
  std::string word_embeddings, position_embeddings, token_type_embeddings;
  std::string embedding_norm, final_norm, relative_bias;
  std::string layer;
  std::string attention_norm, attention_post_norm, feed_forward_norm, feed_forward_post_norm;
  std::string query, key, value, attention_output;
  std::string query_key_value;  ///< one matrix of the three, in this order
  std::string query_norm, key_norm;
  std::string gate, up, down;
  std::string gate_up;  ///< one matrix of the two, in this order
};

struct Biases {
  Presence query_key_value = Presence::absent;
  Presence attention_output = Presence::absent;
  Presence feed_forward = Presence::absent;
  Presence norm = Presence::absent;
};

/// All that a family knows of a model before its weights are looked at.
struct Architecture {
  TransformerSpec spec;
  TensorNames names;
  Biases biases;
  std::size_t token_types = 0;  ///< rows of the token type table
};

/// Reads a Hugging Face config.json by its `model_type`. Errors: unsupported for a family, a value
/// or remote code that Kindred does not have, by name; corrupt for values out of range.
Architecture read_architecture(const Config& config);

/// The names of the families, for messages.
std::string known_families();

}  // namespace kindred::model
