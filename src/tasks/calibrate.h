// Scores of judged or random pairs by a model, for a calibration. Tested by calibrate_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "estimators/score_calibration.h"
#include "kindred/encoder.h"
#include "shop/labels.h"
#include "tasks/judged_pairs.h"

namespace kindred::tasks {

/// How the two sides of a pair are embedded.
struct PairEncoding {
  EncodeOptions query;
  EncodeOptions document;

  /// `document` with the query's prompt; where nothing was asked, the model's prompts "query" and
  /// "passage", "document" or "corpus", as far as it has them.
  static PairEncoding of(const ModelInfo& model, const EncodeOptions& document,
                         const std::string& query_prompt);
  /// "query: " and "passage: ", for people and for comparison with a calibration's.
  std::string describe(const ModelInfo& model) const;
};

/// Called with how many texts were embedded since the last call.
using TextProgress = std::function<void(std::uint64_t texts)>;

/// Texts to rows of vectors of length 1 (zeros stay), a part at a time.
Embeddings embed_texts(const Encoder& encoder, const std::vector<std::string>& texts,
                       const EncodeOptions& options, const TextProgress& progress = {});

/// Cosines of the judged pairs. Where the file never says what is not relevant, the `nearest`
/// documents of each query instead, of those that the pairs of the same language have, relevant
/// where the file has the pair: what a search shows.
std::vector<estimators::ScoredPair> score_pairs(const Encoder& encoder, const JudgedPairs& pairs,
                                                const PairEncoding& encoding, std::size_t nearest,
                                                const TextProgress& progress = {});

struct RandomPairOptions {
  std::size_t pairs = 100'000;
  std::size_t texts = 5'000;  ///< of which the pairs are; more are drawn from
  std::uint64_t seed = 1;
};

/// Cosines of random pairs of distinct texts, one as a query and one as a document. Errors:
/// bad_input for fewer than two texts.
std::vector<estimators::ScoredPair> score_random_pairs(const Encoder& encoder,
                                                       std::vector<std::string> texts,
                                                       const PairEncoding& encoding,
                                                       const RandomPairOptions& options,
                                                       const TextProgress& progress = {});

/// What a shop finds by vectors for each labelled query, its `nearest` products, relevant where
/// they are labelled so.
std::vector<estimators::ScoredPair> score_shop(const shop::Version& version,
                                               const shop::ShopEncoder& encoder,
                                               const std::vector<shop::Labels>& labels,
                                               std::size_t nearest);

}  // namespace kindred::tasks
