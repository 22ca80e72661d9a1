// DistilBERT: BERT without token types, under names of its own (transformers: models/distilbert).
#include "model/families/family.h"

namespace kindred::model {

Architecture read_distilbert(const Config& config) {
  refuse_decoder_settings(config);
  Architecture result;
  TransformerSpec& spec = result.spec;
  spec.vocab_size = config.count("vocab_size", 1, kMaxVocabulary, 30522);
  spec.hidden = config.count("dim", 1, kMaxWidth, 768);
  spec.heads = config.count("n_heads", 1, kMaxHeads, 12);
  spec.kv_heads = spec.heads;
  spec.head_dim = spec.hidden / spec.heads;
  spec.intermediate = config.count("hidden_dim", 1, kMaxWidth * 8, 3072);
  spec.max_positions = config.count("max_position_embeddings", 1, kMaxPositions, 512);
  spec.layers.resize(config.count("n_layers", 1, kMaxLayers, 6));
  spec.activation = read_activation(config, "activation", "gelu");
  make_bert_like(spec, 1e-12);

  TensorNames& names = result.names;
  names = bert_names("distilbert.");
  names.token_type_embeddings.clear();
  names.layer = "transformer.layer.{}.";
  names.attention_norm = "sa_layer_norm";
  names.feed_forward_norm = "output_layer_norm";
  names.query = "attention.q_lin";
  names.key = "attention.k_lin";
  names.value = "attention.v_lin";
  names.attention_output = "attention.out_lin";
  names.up = "ffn.lin1";
  names.down = "ffn.lin2";
  result.biases = {Presence::required, Presence::required, Presence::required, Presence::required};
  return result;
}

}  // namespace kindred::model
