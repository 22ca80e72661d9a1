#include "model/weight_names.h"

#include "base/error.h"

namespace kindred::model {
namespace {

class Namer {
 public:
  explicit Namer(std::string prefix) : prefix_(std::move(prefix)) {}

  void table(io::TensorView& tensor, const std::string& name) const {
    set(tensor, name, ".weight");
  }
  void linear(LinearWeights& weights, const std::string& name) const {
    set(weights.weight, name, ".weight");
    set(weights.bias, name, ".bias");
  }
  void norm(NormWeights& weights, const std::string& name) const {
    set(weights.weight, name, ".weight");
    set(weights.bias, name, ".bias");
  }

 private:
  void set(io::TensorView& tensor, const std::string& name, const char* ending) const {
    if (tensor.empty()) return;
    require(!name.empty(), "weights that the family has no name for");
    tensor.name = prefix_ + name + ending;
  }

  std::string prefix_;
};

std::string layer_prefix(const TensorNames& names, std::size_t layer) {
  std::string text = names.layer;
  const std::size_t place = text.find("{}");
  require(place != std::string::npos, "a layer's name without its number");
  text.replace(place, 2, std::to_string(layer));
  return text;
}

}  // namespace

TransformerWeights named_as(const Architecture& architecture, const std::string& prefix,
                            TransformerWeights weights) {
  const TensorNames& names = architecture.names;
  const Namer top(prefix);
  top.table(weights.word_embeddings, names.word_embeddings);
  top.table(weights.position_embeddings, names.position_embeddings);
  top.table(weights.token_type_embeddings, names.token_type_embeddings);
  top.table(weights.relative_bias, names.relative_bias);
  top.norm(weights.embedding_norm, names.embedding_norm);
  top.norm(weights.final_norm, names.final_norm);
  const auto either = [](const std::string& fused, const std::string& single) {
    return fused.empty() ? single : fused;
  };
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const Namer in_layer(prefix + layer_prefix(names, i));
    LayerWeights& layer = weights.layers[i];
    in_layer.norm(layer.attention_norm, names.attention_norm);
    in_layer.norm(layer.attention_post_norm, names.attention_post_norm);
    in_layer.norm(layer.feed_forward_norm, names.feed_forward_norm);
    in_layer.norm(layer.feed_forward_post_norm, names.feed_forward_post_norm);
    in_layer.linear(layer.query, either(names.query_key_value, names.query));
    in_layer.linear(layer.key, either(names.query_key_value, names.key));
    in_layer.linear(layer.value, either(names.query_key_value, names.value));
    in_layer.linear(layer.attention_output, names.attention_output);
    in_layer.norm(layer.query_norm, names.query_norm);
    in_layer.norm(layer.key_norm, names.key_norm);
    in_layer.linear(layer.gate, either(names.gate_up, names.gate));
    in_layer.linear(layer.up, either(names.gate_up, names.up));
    in_layer.linear(layer.down, names.down);
  }
  return weights;
}

}  // namespace kindred::model
