// What a model predicts of a text's tokens: hidden tokens, or the next one. Tested by
// token_masking_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/executor.h"

namespace kindred::train {

struct MaskingOptions {
  double share = 0.15;  ///< of the tokens that are not special: chosen, each by itself
  double masked = 0.8;  ///< of those chosen: replaced by mask_token
  double random = 0.1;  ///< replaced by any ordinary token; the rest stays as it is
  std::uint32_t mask_token = 0;
  std::uint32_t vocabulary = 0;             ///< ids are below it
  std::vector<std::uint32_t> special = {};  ///< ids that are neither chosen nor drawn; ascending
  /// MNTP: a token is predicted at the place before it; the first one of a sequence is not chosen.
  bool from_before = false;
};

/// Throws bad_input for shares that are none, and a vocabulary that cannot be drawn from.
void validate(const MaskingOptions& options);

struct MaskedTokens {
  std::vector<std::uint32_t> ids;     ///< T: what the model reads
  std::vector<std::int64_t> targets;  ///< T: the id to be predicted there, or kNoTarget
  std::size_t count = 0;              ///< of targets
};

/// Devlin et al., arXiv 1810.04805 (15 %, of these 80/10/10), or, with from_before, LLM2Vec's
/// masked next-token prediction, arXiv 2404.05961 (its share is 20 %). The same seed gives the same
/// tokens everywhere. One token is chosen at least where any could be.
MaskedTokens mask_tokens(const model::PackedTokens& tokens, const MaskingOptions& options,
                         std::uint64_t seed);

/// At each place the token after it; none at the end of a sequence.
MaskedTokens next_tokens(const model::PackedTokens& tokens);

}  // namespace kindred::train
