// RoBERTa and XLM-RoBERTa: BERT whose positions start behind the padding id (transformers:
// models/roberta, models/xlm_roberta).
#include "model/families/family.h"

namespace kindred::model {

Architecture read_roberta(const Config& config) {
  refuse_decoder_settings(config);
  const bool multilingual = config.text("model_type", "") == "xlm-roberta";
  Architecture result;
  result.spec = read_sizes(config, {.vocab_size = multilingual ? 30522UL : 50265UL,
                                    .hidden = 768,
                                    .layers = 12,
                                    .heads = 12,
                                    .intermediate = 3072,
                                    .max_positions = 512});
  TransformerSpec& spec = result.spec;
  spec.activation = read_activation(config, "hidden_act", "gelu");
  make_bert_like(spec, config.number("layer_norm_eps", 0.0, 1.0, 1e-12));
  spec.position_offset = config.count("pad_token_id", 0, kMaxVocabulary, 1) + 1;
  if (spec.max_positions <= spec.position_offset) {
    config.reject("max_position_embeddings", "no position is left behind the padding id");
  }
  spec.max_positions -= spec.position_offset;
  result.token_types = config.count("type_vocab_size", 1, kMaxWidth, 2);
  result.names = bert_names("roberta.");
  result.biases = {Presence::required, Presence::required, Presence::required, Presence::required};
  return result;
}

}  // namespace kindred::model
