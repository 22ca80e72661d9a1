// Scores of a batch's graded pairs by the model in training.
#pragma once

#include <span>

#include "train/loss.h"

namespace kindred::train {

/// The cosine of each pair's anchor and passage.
at::Tensor cosines(const LossInput& input, std::span<const recipe::GradedPair> pairs);
/// Their inner product, of the vectors as they come.
at::Tensor inner_products(const LossInput& input, std::span<const recipe::GradedPair> pairs);

}  // namespace kindred::train
