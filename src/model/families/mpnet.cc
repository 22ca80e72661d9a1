// MPNet: BERT with one table of bucketed relative positions for all layers (transformers:
// models/mpnet).
#include "model/families/family.h"

namespace kindred::model {

Architecture read_mpnet(const Config& config) {
  refuse_decoder_settings(config);
  Architecture result;
  result.spec = read_sizes(config, {.vocab_size = 30527,
                                    .hidden = 768,
                                    .layers = 12,
                                    .heads = 12,
                                    .intermediate = 3072,
                                    .max_positions = 512});
  TransformerSpec& spec = result.spec;
  spec.activation = read_activation(config, "hidden_act", "gelu");
  make_bert_like(spec, config.number("layer_norm_eps", 0.0, 1.0, 1e-12));
  spec.positions = Positions::relative_bias;
  // The reference counts in 32 buckets up to a distance of 128, and from position 2, whatever the
  // configuration says.
  spec.relative_buckets = config.count("relative_attention_num_buckets", 1, kMaxWidth, 32);
  if (spec.relative_buckets != 32) {
    config.refuse("relative_attention_num_buckets",
                  "the reference implementation computes with 32");
  }
  spec.relative_max_distance = 128;
  spec.position_offset = 2;
  if (spec.max_positions <= spec.position_offset) {
    config.reject("max_position_embeddings", "no position is left behind the padding id");
  }
  spec.max_positions -= spec.position_offset;

  TensorNames& names = result.names;
  names = bert_names("mpnet.");
  names.token_type_embeddings.clear();
  names.relative_bias = "encoder.relative_attention_bias";
  names.attention_norm = "attention.LayerNorm";
  names.query = "attention.attn.q";
  names.key = "attention.attn.k";
  names.value = "attention.attn.v";
  names.attention_output = "attention.attn.o";
  result.biases = {Presence::required, Presence::required, Presence::required, Presence::required};
  return result;
}

}  // namespace kindred::model
