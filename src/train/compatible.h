// Queries of a new model that find the vectors of the old one. Tested by event_losses_test.cc.
#pragma once

#include "train/info_nce.h"

namespace kindred::train {

/// InfoNCE of the new model's anchors with the old model's passages, which take no gradient: an
/// index of old vectors then serves new queries, and is embedded anew when there is time. The two
/// models' vectors have as many dimensions.
///
/// Shen et al., Towards Backward-Compatible Representation Learning, arXiv 2003.11942; with the old
/// vectors themselves for the old classifier.
class Compatible : public Loss {
 public:
  explicit Compatible(const InfoNceOptions& options);
  at::Tensor operator()(const LossInput& input) const override;
  std::vector<NamedTensor> parameters() const override { return info_nce_.parameters(); }

 private:
  InfoNce info_nce_;
};

}  // namespace kindred::train
