// Losses over pairs with scores. Tested by graded_losses_test.cc.
#pragma once

#include "train/loss.h"

namespace kindred::train {

struct CosentOptions {
  double scale = 20.0;  ///< of cosines
};
void validate(const CosentOptions& options);

/// log(1 + Σ e^(scale · (s(q) − s(p)))) over all two pairs p, q of the batch, of whichever anchors,
/// where p's score is higher; s the cosine. Only the order of scores counts. A batch with one score
/// alone has loss 0. Huang et al., CoSENT, doi 10.1109/TASLP.2024.3402087.
class Cosent : public Loss {
 public:
  explicit Cosent(const CosentOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;

 private:
  CosentOptions options_;
};

/// The mean over graded pairs of (cosine − score)²: scores must be cosines, −1 to 1. Reimers and
/// Gurevych, Sentence-BERT, arXiv 1908.10084.
class CosineRegression : public Loss {
 public:
  at::Tensor operator()(const LossInput& input) const override;
};

struct OrderedOptions {
  double scale = 100.0;   ///< of cosines: the log-odds that a pair belongs together
  double strength = 0.1;  ///< of differences of log-odds
};
void validate(const OrderedOptions& options);

/// Grades in their order: the mean of −log σ(strength · (log-odds(p) − log-odds(q))) over all two
/// passages p, q of one anchor where p's grade is the next one above q's (exact, substitute,
/// complement, irrelevant). A pair's log-odds are scale · cosine.
///
/// As in Flipkart's ROAR (arXiv 2606.01504; its temperature of 0.01 is a scale of 100, its β of 0.1
/// the strength), and RankNet's loss (Burges et al., 2005) between neighbouring grades. A batch
/// without two grades of an anchor has loss 0.
class Ordered : public Loss {
 public:
  explicit Ordered(const OrderedOptions& options = {});
  at::Tensor operator()(const LossInput& input) const override;

 private:
  OrderedOptions options_;
};

}  // namespace kindred::train
