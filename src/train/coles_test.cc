#include "train/coles.h"

#include <cmath>

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

recipe::Batch slices(std::vector<std::uint32_t> histories) {
  recipe::Batch batch;
  batch.anchors.resize(histories.size());
  batch.labels = std::move(histories);
  return batch;
}

TEST(Coles, HasTheGradientOfItsDifferences) {
  const recipe::Batch labelled = slices({0, 1, 0, 2, 1, 0, 2});
  const at::Tensor x = random_vectors(7, 4, 1);
  const Coles loss({.margin = 1.2, .negatives = 2});
  expect_finite_differences([&] { return loss(input_of(labelled, x, {})); }, {x});
  expect_shares_add_up(loss, input_of(labelled, x, {}), {x});

  const recipe::Batch pairs = random_batch(6, 3, 2);
  const at::Tensor a = random_vectors(6, 4, 3), p = random_vectors(9, 4, 4);
  expect_finite_differences([&] { return loss(input_of(pairs, a, p)); }, {a, p});
  expect_shares_add_up(loss, input_of(pairs, a, p), {a, p});
}

TEST(Coles, HoldsEverySliceAgainstTheNearestOfOtherHistories) {
  const recipe::Batch batch = slices({5, 5, 8, 8});
  const double angles[] = {0.0, 0.2, 0.5, 1.4};
  std::vector<double> values;
  for (const double angle : angles) {
    values.push_back(3.0 * std::cos(angle));  // any length
    values.push_back(3.0 * std::sin(angle));
  }
  const auto distance = [&](int i, int j) {
    return 2.0 * std::sin(std::abs(angles[i] - angles[j]) / 2);
  };
  const auto far = [&](int i, int j) { return std::pow(std::max(0.0, 0.5 - distance(i, j)), 2); };
  const double expected = std::pow(distance(0, 1), 2) + std::pow(distance(2, 3), 2) + far(0, 2) +
                          far(1, 2) + far(2, 1) + far(3, 1);
  const at::Tensor x = at::tensor(values).view({4, 2});
  const Coles loss({.margin = 0.5, .negatives = 1});
  EXPECT_NEAR(loss(input_of(batch, x, {})).item<double>(), expected / 6.0, 1e-12);
  EXPECT_NEAR(Coles({.margin = 0.5, .negatives = 9})(input_of(batch, x, {})).item<double>(),
              (expected + far(0, 3) + far(1, 3) + far(2, 0) + far(3, 0)) / 10.0, 1e-12);
}

TEST(Coles, RefusesWhatCannotBe) {
  const at::Tensor x = random_vectors(3, 4, 5);
  const recipe::Batch one = slices({1, 1, 1}), alone = slices({1, 2, 3});
  EXPECT_KINDRED_ERROR(Coles()(input_of(one, x, {})), ErrorKind::bad_input, "two histories");
  EXPECT_KINDRED_ERROR(Coles()(input_of(alone, x, {})), ErrorKind::bad_input, "two slices");
  EXPECT_KINDRED_ERROR(Coles({.margin = 2.5}), ErrorKind::bad_input, "0 to 2");
  EXPECT_KINDRED_ERROR(Coles({.negatives = 0}), ErrorKind::bad_input, "0 negatives");
}

}  // namespace
}  // namespace kindred::train
