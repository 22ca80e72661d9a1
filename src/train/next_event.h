// What comes next in a history: the vector of a slice finds that of the event behind it. Tested by
// event_losses_test.cc.
#pragma once

#include "train/info_nce.h"

namespace kindred::train {

/// InfoNCE of the anchors that something came after, each with the event that did, among all events
/// of the batch (which stand there once each, so that none is a false negative). Both are texts to
/// the encoder: there is no table of events, and new ones need no training.
///
/// The next-event term beside CoLES; of contrastive predictive coding (van den Oord et al., arXiv
/// 1807.03748), one step ahead. 0 for a batch in which nothing follows.
class NextEvent : public Loss {
 public:
  explicit NextEvent(double temperature);
  at::Tensor operator()(const LossInput& input) const override;

 private:
  InfoNce info_nce_;
};

}  // namespace kindred::train
