// Losses made of losses. Tested by composite_loss_test.cc.
#pragma once

#include <memory>
#include <vector>

#include "train/loss.h"

namespace kindred::train {

struct WeightedLoss {
  double weight = 1.0;
  std::shared_ptr<const Loss> loss;
};

/// Σ weight · loss, such as InfoNCE + 0.2 · triplet. Parameters are named by the loss's place where
/// there are several losses: "0.log_scale".
class LossSum : public Loss {
 public:
  /// Throws bad_input without losses, and for weights that are no positive numbers.
  explicit LossSum(std::vector<WeightedLoss> losses);
  at::Tensor operator()(const LossInput& input) const override;
  std::vector<NamedTensor> parameters() const override;

 private:
  std::vector<WeightedLoss> losses_;
};

struct MatryoshkaDimension {
  std::int64_t dimensions = 0;
  double weight = 1.0;
};

/// Σ weight · loss of the first `dimensions` numbers of each vector, divided by their length. The
/// vectors of a teacher or an old model with as many dimensions are shortened with them, a guide's
/// never are. Kusupati et
/// al., Matryoshka Representation Learning, arXiv 2205.13147.
class Matryoshka : public Loss {
 public:
  /// Throws bad_input without dimensions, or for some that are no positive number or stand twice.
  Matryoshka(std::shared_ptr<const Loss> loss, std::vector<MatryoshkaDimension> dimensions);
  /// Throws bad_input where the vectors have fewer dimensions than the most of these.
  at::Tensor operator()(const LossInput& input) const override;
  std::vector<NamedTensor> parameters() const override { return loss_->parameters(); }

 private:
  std::shared_ptr<const Loss> loss_;
  std::vector<MatryoshkaDimension> dimensions_;
};

}  // namespace kindred::train
