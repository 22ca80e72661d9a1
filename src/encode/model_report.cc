#include "encode/model_report.h"

#include "encode/tokenised.h"
#include "encode/word_encoder.h"
#include "kindred/error.h"
#include "model/directory.h"
#include "model/fingerprint.h"

namespace kindred::encode {
namespace {

MemoryEstimate estimate(const model::ModelDirectory& directory) {
  MemoryEstimate memory;
  if (directory.is_static) {
    memory.mapped = directory.static_embeddings.bytes;
    return memory;
  }
  const model::TransformerWeights& weights = directory.weights;
  memory.mapped = weights.word_embeddings.bytes + weights.position_embeddings.bytes +
                  weights.token_type_embeddings.bytes;
  for (const model::LayerWeights& layer : weights.layers)
    for (const model::LinearWeights* linear :
         {&layer.query, &layer.key, &layer.value, &layer.attention_output, &layer.gate, &layer.up,
          &layer.down}) {
      if (linear->weight.empty()) continue;
      const std::uint64_t elements = linear->weight.elements();
      const std::uint64_t rows = linear->weight.rows();
      const std::uint64_t bias = linear->bias.empty() ? 0 : rows * sizeof(float);
      memory.fp32 += elements * 4 + bias;
      memory.bf16 += elements * 2 + bias;
      memory.int8 += elements + rows * sizeof(float) + bias;  // a scale for each row
    }
  return memory;
}

/// What an encoder would say at its opening.
std::vector<std::string> warnings_of(const model::ModelDirectory& directory) {
  std::vector<std::string> warnings;
  try {
    const Tokenizer tokenizer = Tokenizer::open(directory.require_tokenizer());
    if (std::string said = describe_foreign_tokens(
            tokenizer,
            directory.is_static ? directory.static_embeddings.rows() : directory.spec.vocab_size);
        !said.empty())
      warnings.push_back(std::move(said));
    if (directory.chat && text::ChatTemplate(*directory.chat).reads_clock())
      warnings.emplace_back(
          "the chat template writes today's date: vectors of different days differ");
  } catch (const Error& error) {
    warnings.emplace_back(error.what());
  }
  return warnings;
}

}  // namespace

ModelReport report_model(const std::string& path) {
  if (names_word_vectors(path)) {
    ModelReport report;
    report.info = describe_word_vectors(path);
    report.memory.mapped = report.info.parameters * sizeof(float);
    return report;
  }
  model::ModelDirectory directory = model::ModelDirectory::open(path);
  ModelReport report;
  report.memory = estimate(directory);
  directory.info.fingerprint = model::fingerprint(directory);
  report.info = std::move(directory.info);
  report.info.warnings = warnings_of(directory);
  return report;
}

}  // namespace kindred::encode
