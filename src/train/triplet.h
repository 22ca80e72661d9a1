// The triplet loss: a positive nearer than a negative by a margin. Tested by triplet_test.cc.
#pragma once

#include "train/distance.h"
#include "train/loss.h"

namespace kindred::train {

/// Which negatives an anchor is held against.
enum class TripletSelection {
  own,        ///< those that were chosen for it (Batch::negatives), with each positive
  hard,       ///< its farthest positive and the nearest negative of the batch
  semi_hard,  ///< for each positive the nearest negative farther than it; none: the farthest one
  all,        ///< every negative of the batch that is not yet beyond the margin
};

struct TripletOptions {
  Metric metric = Metric::cosine;
  double margin = 0.2;
  TripletSelection selection = TripletSelection::semi_hard;
  bool normalize = true;  ///< Euclidean distances of unit vectors; cosines are always
};

/// Throws bad_input for a margin that the metric can never reach, which would push for ever.
void validate(const TripletOptions& options);

/// max(0, d(a, p) − d(a, n) + margin), the mean over triplets (own), anchors (hard), pairs
/// (semi-hard) or the triplets that are not 0 (all). Negatives respect keys (Relation). Schroff et
/// al., FaceNet, arXiv 1503.03832 (with distances, not their squares); Hermans et al., In Defense
/// of the Triplet Loss, arXiv 1703.07737. Selection takes no gradient and walks in tiles; `all`
/// holds one tile's graph at a time.
class Triplet : public Loss {
 public:
  explicit Triplet(const TripletOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;

 private:
  TripletOptions options_;
};

}  // namespace kindred::train
