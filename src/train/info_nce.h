// InfoNCE: the positive among all candidates of a batch. Tested by info_nce_test.cc.
#pragma once

#include <optional>

#include "train/loss.h"

namespace kindred::train {

struct InfoNceOptions {
  double temperature = 0.02;  ///< where it starts, when it is learnt
  /// log(1 / temperature) becomes the parameter "log_scale"; 1 / temperature is kept below 100, as
  /// in CLIP.
  bool learnable_temperature = false;
  bool both_directions = false;  ///< also the anchor among all anchors; the mean of the two
  /// More candidates in the denominator, as Qwen3-Embedding has them: the other anchors against the
  /// anchor, the other passages against the positive.
  bool anchor_anchor = false;
  bool passage_passage = false;
  /// Candidates with a cosine above the positive's by more than this are taken for false negatives
  /// (Qwen3-Embedding: 0.1).
  std::optional<double> score_margin = {};
  /// Where the input has a guide's vectors: candidates with a cosine there above the positive's
  /// less this are taken for false negatives (GISTEmbed: 0). Needs them when set.
  std::optional<double> guide_margin = {};
  int tile = 1024;  ///< rows and columns of a tile; the result does not depend on it
};

/// Throws bad_input for values that no training can work with.
void validate(const InfoNceOptions& options);

/// The mean over all (anchor, positive) pairs of
///   −log( e^(s(a, p)/τ) / (e^(s(a, p)/τ) + Σ e^(s(a, candidate)/τ)) ),  s the cosine.
///
/// Candidates are all passages of the batch, the anchor's own chosen negatives among them; the
/// anchor's other positives, and what shares a key with them or with the anchor, are left out
/// (Relation). van den Oord et al., arXiv 1807.03748; Zhang et al., Qwen3 Embedding, arXiv
/// 2506.05176, eq. 1; Solatorio, GISTEmbed, arXiv 2402.16829. Computed in tiles
/// (tiled_contrast.h). A batch of labelled single texts is the supervised contrastive loss (Khosla
/// et al., arXiv 2004.11362, with one positive in each denominator).
class InfoNce : public Loss {
 public:
  explicit InfoNce(const InfoNceOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;
  std::vector<NamedTensor> parameters() const override;

 private:
  at::Tensor scale(const at::Tensor& like) const;

  InfoNceOptions options_;
  at::Tensor log_scale_;  // undefined: fixed
};

}  // namespace kindred::train
