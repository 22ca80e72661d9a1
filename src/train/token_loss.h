// Cross-entropy of tokens over a vocabulary, in tiles: no logits of all tokens at once. Tested by
// token_loss_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace kindred::train {

/// A place without a target.
inline constexpr std::int64_t kNoTarget = -1;

/// How much of the logits there is at once: rows × columns numbers. The result does not depend on
/// it.
struct TokenTile {
  std::int64_t rows = 2048;
  std::int64_t columns = 4096;
};

/// −log softmax(hidden · outputᵀ + bias)[target], summed over the places that have a target and
/// divided by `divisor` (their number in the whole batch: the shares of several processes then add
/// up to its mean). 0 where no place has one.
///
/// `hidden` T × h, `output` V × h (the output matrix, or the token embeddings where they are tied),
/// `bias` V or undefined, `targets` T ids or kNoTarget. Gradients for all three. Logits are in the
/// type of `hidden`, their softmax in float32 (float64: float64). Memory besides inputs and
/// gradients: a tile, and the rows that have targets. MLM (Devlin et al., arXiv 1810.04805), next
/// token, and MNTP (BehnamGhader et al., LLM2Vec, arXiv 2404.05961) differ in the targets alone:
/// token_masking.h. Throws bad_input for shapes that do not fit and targets beyond the vocabulary.
at::Tensor token_cross_entropy(const at::Tensor& hidden, const at::Tensor& output,
                               const at::Tensor& bias, std::span<const std::int64_t> targets,
                               double divisor, const TokenTile& tile = {});

}  // namespace kindred::train
