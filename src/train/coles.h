// CoLES: slices of one history near each other, those of others far. Tested by coles_test.cc.
#pragma once

#include "train/loss.h"

namespace kindred::train {

struct ColesOptions {
  double margin = 0.5;
  int negatives = 5;  ///< nearest slices of other histories, of every slice
};

void validate(const ColesOptions& options);

/// The mean over pairs of  d(x, y)² where both are slices of one history, and max(0, margin − d)²
/// between each slice and the nearest slices of other histories, d the Euclidean distance of the
/// unit vectors.
///
/// Histories are the batch's labels (single texts, no passages), or its pairs. Babaev et al.,
/// CoLES: Contrastive Learning for Event Sequences with Self-Supervision, arXiv 2002.08232 (the
/// contrastive loss of Hadsell, Chopra and LeCun, 2006, with hard negative mining; the defaults are
/// those of its authors' pytorch-lifestream, which sums where this takes the mean).
class Coles : public Loss {
 public:
  explicit Coles(const ColesOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;

 private:
  ColesOptions options_;
};

}  // namespace kindred::train
