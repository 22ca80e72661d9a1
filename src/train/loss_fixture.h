// Batches and vectors made from a seed, gradients, finite differences and processes' shares. For
// tests only.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "base/random.h"
#include "train/loss.h"

namespace kindred::train {

/// rows × d normal numbers, float64 unless said otherwise, wanting gradients.
inline at::Tensor random_vectors(std::size_t rows, std::size_t d, std::uint64_t seed,
                                 at::ScalarType type = at::kDouble) {
  Random random(seed);
  std::vector<double> values(rows * d);
  for (double& value : values) value = random.normal();
  return at::tensor(values)
      .view({static_cast<long>(rows), static_cast<long>(d)})
      .to(type)
      .requires_grad_(true);
}

/// Anchor i matches passage i and sometimes another one, has a chosen negative, and texts share
/// keys here and there. `extra` passages belong to nobody.
inline recipe::Batch random_batch(std::size_t anchors, std::size_t extra, std::uint64_t seed) {
  Random random(seed);
  recipe::Batch batch;
  batch.task = "random";
  const std::size_t passages = anchors + extra;
  const auto text = [&](std::uint64_t id) {
    recipe::BatchText made;
    made.keys = {id, 1'000'000 + random.below(2 * anchors)};
    std::sort(made.keys.begin(), made.keys.end());
    return made;
  };
  for (std::size_t i = 0; i < anchors; ++i) batch.anchors.push_back(text(i));
  for (std::size_t j = 0; j < passages; ++j) batch.passages.push_back(text(10'000 + j));
  for (std::uint32_t i = 0; i < anchors; ++i) {
    batch.positives.push_back({i});
    if (random.below(3) == 0)
      batch.positives.back().push_back(static_cast<std::uint32_t>(random.below(passages)));
    batch.negatives.push_back({static_cast<std::uint32_t>(random.below(passages))});
    for (int k = 0; k < 3; ++k)
      batch.graded.push_back({i, static_cast<std::uint32_t>(random.below(passages)),
                              0.25 * static_cast<double>(random.below(5))});
  }
  return batch;
}

inline LossInput input_of(const recipe::Batch& batch, const at::Tensor& anchors,
                          const at::Tensor& passages) {
  return {.batch = batch,
          .anchors = anchors,
          .passages = passages,
          .begin = 0,
          .end = batch.anchors.size()};
}

struct Gradient {
  double value = 0.0;
  std::vector<at::Tensor> of;  // leaves, in the order given; zeros where none came
};

/// The value of `loss` and the gradients of leaves.
inline Gradient gradient(const at::Tensor& loss, const std::vector<at::Tensor>& leaves) {
  Gradient result{loss.item<double>(), {}};
  for (const at::Tensor& leaf : leaves) leaf.mutable_grad() = at::Tensor();
  if (loss.requires_grad()) loss.backward();
  for (const at::Tensor& leaf : leaves)
    result.of.push_back(leaf.grad().defined() ? leaf.grad().clone()
                                              : leaf.detach().new_zeros(leaf.sizes()));
  return result;
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.numel() == 0) return 0.0;
  return a.detach().to(at::kDouble).sub(b.detach().to(at::kDouble)).abs().max().item<double>();
}

inline void expect_equal(const Gradient& a, const Gradient& b, double tolerance) {
  EXPECT_NEAR(a.value, b.value, tolerance * std::max(1.0, std::abs(b.value)));
  ASSERT_EQ(a.of.size(), b.of.size());
  for (std::size_t i = 0; i < a.of.size(); ++i) {
    const double size = b.of[i].numel() == 0 ? 0.0 : b.of[i].abs().max().item<double>();
    EXPECT_LE(largest_difference(a.of[i], b.of[i]), tolerance * std::max(1.0, size))
        << "leaf " << i;
  }
}

/// Central differences of every number of every leaf (float64), against backward.
inline void expect_finite_differences(const std::function<at::Tensor()>& loss,
                                      const std::vector<at::Tensor>& leaves,
                                      double tolerance = 1e-6) {
  const Gradient exact = gradient(loss(), leaves);
  constexpr double kStep = 1e-5;
  const at::NoGradGuard no_graph;
  double largest = 0.0;
  for (std::size_t l = 0; l < leaves.size(); ++l) {
    const at::Tensor values = leaves[l].detach().view({-1});
    const at::Tensor expected = exact.of[l].view({-1});
    for (long i = 0; i < values.size(0); ++i) {
      const double was = values[i].item<double>();
      const auto at_value = [&](double x) {
        values[i].fill_(x);
        return loss().item<double>();
      };
      const double slope = (at_value(was + kStep) - at_value(was - kStep)) / (2.0 * kStep);
      values[i].fill_(was);
      largest = std::max(largest, std::abs(expected[i].item<double>()));
      ASSERT_NEAR(slope, expected[i].item<double>(), tolerance * std::max(1.0, std::abs(slope)))
          << "leaf " << l << ", number " << i;
    }
  }
  EXPECT_GT(largest, 0.0) << "no gradient at all";
}

/// Values and gradients of ranges of anchors add up to those of all of them.
inline void expect_shares_add_up(const Loss& loss, LossInput input, std::vector<at::Tensor> leaves,
                                 double tolerance = 1e-12) {
  const std::size_t n = input.batch.anchors.size();
  const Gradient whole = gradient(loss(input), leaves);
  for (const std::vector<std::size_t>& cuts :
       {std::vector<std::size_t>{0, n / 2, n}, {0, 1, 1, n / 3, n - 1, n}}) {
    Gradient sum{0.0, {}};
    for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
      input.begin = cuts[c];
      input.end = cuts[c + 1];
      const Gradient share = gradient(loss(input), leaves);
      sum.value += share.value;
      for (std::size_t l = 0; l < leaves.size(); ++l) {
        if (c == 0)
          sum.of.push_back(share.of[l]);
        else
          sum.of[l] = sum.of[l].add(share.of[l]);
      }
    }
    expect_equal(sum, whole, tolerance);
  }
}

}  // namespace kindred::train
