// A model of token vectors made of an encoder, without training. Tested by distill_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "encode/text_chunks.h"
#include "kindred/encoder.h"

namespace kindred::prepare {

enum class DistilledFormat {
  static_embedding,  ///< a sentence-transformers directory: StaticEmbedding and Normalize
  model2vec,         ///< model2vec's directory
};

struct DistillOptions {
  std::size_t dimensions = 256;  ///< components kept; fewer where the tokens' vectors span fewer
  /// The a of a token's weight a / (a + p) (smooth inverse frequency; Arora, Liang and Ma, 2017);
  /// 0: none. p is the token's share of a corpus, or by Zipf's law 1 / (its place among the tokens
  /// + 2), divided by the sum.
  double sif = 1e-4;
  std::optional<encode::TextSource> corpus;  ///< whose counts are p
  std::vector<std::string> words;            ///< words that become tokens of their own
  DistilledFormat format = DistilledFormat::static_embedding;
  EncoderOptions encoder;  ///< threads, precision, pooling …
};

struct DistillResult {
  std::size_t tokens = 0;  ///< with a vector: special and "[unused…]" ones have zeros
  std::size_t words = 0;   ///< of them, added
  std::size_t known = 0;   ///< words that were one token already, or came twice
  std::size_t unfit = 0;   ///< words that the tokenizer would not find again
  std::size_t dimensions = 0;
  double explained = 1.0;  ///< the share of the variance that is kept
};

/// What is under way: "embed" (tokens) or "count" (texts).
using DistillProgress = std::function<void(const char* what, std::uint64_t done)>;

/// Every token of the vocabulary goes alone through the encoder, with the template's tokens before
/// and behind it; the pooled vectors are centred, turned into principal components and weighted
/// (model2vec; Tulkens and van Dongen, 2024). A text's vector is then the mean of its tokens'
/// vectors, of length 1. Texts are cut into tokens as by the model, words added as whole words.
///
/// `output` is new and appears whole or not at all. Memory: the tokens' vectors in float32. Errors:
/// bad_input for a model of static embeddings; unsupported where the tokenizer is no tokenizer.json
/// (a GGUF file's counts as one); as Encoder::open.
DistillResult distill(const std::string& model, const std::string& output,
                      const DistillOptions& options, const DistillProgress& progress = {});

}  // namespace kindred::prepare
