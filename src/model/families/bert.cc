// BERT: post-norm encoder, learned positions (transformers: models/bert).
#include "model/families/family.h"

namespace kindred::model {

Architecture read_bert(const Config& config) {
  refuse_decoder_settings(config);
  Architecture result;
  result.spec = read_sizes(config, {.vocab_size = 30522,
                                    .hidden = 768,
                                    .layers = 12,
                                    .heads = 12,
                                    .intermediate = 3072,
                                    .max_positions = 512});
  result.spec.activation = read_activation(config, "hidden_act", "gelu");
  make_bert_like(result.spec, config.number("layer_norm_eps", 0.0, 1.0, 1e-12));
  result.token_types = config.count("type_vocab_size", 1, kMaxWidth, 2);
  result.names = bert_names("bert.");
  result.biases = {Presence::required, Presence::required, Presence::required, Presence::required};
  return result;
}

}  // namespace kindred::model
