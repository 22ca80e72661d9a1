// Learning from another model's vectors and scores. Tested by distillation_test.cc.
#pragma once

#include "train/loss.h"

namespace kindred::train {

enum class VectorTarget {
  cosine,  ///< 1 − cosine
  mse,     ///< the mean of the squared differences of the numbers
};

struct VectorDistillationOptions {
  VectorTarget target = VectorTarget::cosine;
};

/// The mean over anchors and passages (mse: and dimensions) of the distance to the teacher's vector
/// of the same text; a teacher may have vectors of one side alone. As many dimensions as the
/// teacher: Matryoshka shortens both. Reimers and Gurevych, arXiv 2004.09813 (mse); Kim et al.,
/// EmbedDistill, arXiv 2301.12005.
class VectorDistillation : public Loss {
 public:
  explicit VectorDistillation(const VectorDistillationOptions& options = {}) : options_(options) {}
  at::Tensor operator()(const LossInput& input) const override;

 private:
  VectorDistillationOptions options_;
};

enum class ScoreTarget {
  kl,          ///< the distribution over an anchor's candidates
  margin_mse,  ///< how far the positive is ahead of each other candidate
};

struct ScoreDistillationOptions {
  ScoreTarget target = ScoreTarget::kl;
  /// KL: of our scores and the teacher's. A teacher that gives logits, as a cross-encoder does,
  /// wants 1; one that gives cosines as low a temperature as ours.
  double temperature = 0.05;
  double teacher_temperature = 1.0;
  bool cosine = true;  ///< inner products of the vectors as they come otherwise
  double scale = 1.0;  ///< margin_mse: multiplies our scores, to span what the teacher's span
};
void validate(const ScoreDistillationOptions& options);

/// The teacher's scores are those of the graded pairs: an anchor's are its candidates, two at
/// least.
///
/// KL: τ² · KL(softmax(teacher / τ') ‖ softmax(ours / τ)), the mean over anchors (Hinton et al.,
/// arXiv 1503.02531; Lin et al., arXiv 2010.11386). MarginMSE: (margin − teacher's margin)², the
/// mean over (anchor, other candidate); ahead is the anchor's first positive that is graded, or,
/// without one, its best graded candidate (Hofstätter et al., arXiv 2010.02666).
class ScoreDistillation : public Loss {
 public:
  explicit ScoreDistillation(const ScoreDistillationOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;

 private:
  ScoreDistillationOptions options_;
};

}  // namespace kindred::train
