// What comes next in a history, and an old model's vectors.
#include <ATen/ops/cat.h>

#include "io/expect_error.h"
#include "train/compatible.h"
#include "train/loss_fixture.h"
#include "train/next_event.h"

namespace kindred::train {
namespace {

constexpr std::uint32_t kNone = recipe::Batch::kNoEvent;

recipe::Batch histories(std::vector<std::uint32_t> following, std::size_t events) {
  recipe::Batch batch;
  batch.anchors.resize(following.size());
  batch.events.resize(events);
  batch.following = std::move(following);
  return batch;
}

LossInput input_with(const recipe::Batch& batch, const at::Tensor& anchors,
                     const at::Tensor& events) {
  LossInput input = input_of(batch, anchors, {});
  input.events = events;
  return input;
}

TEST(NextEvent, IsTheCrossEntropyOfTheEventThatFollowed) {
  const recipe::Batch batch = histories({1, kNone, 0, 1, 2}, 3);
  const at::Tensor anchors = random_vectors(5, 4, 1), events = random_vectors(3, 4, 2);
  const NextEvent loss(0.1);
  const at::Tensor logits = normalized(anchors).matmul(normalized(events).t()).div(0.1);
  const at::Tensor chances = logits.log_softmax(1);
  double expected = 0.0;
  for (const auto& [row, event] : {std::pair(0, 1), {2, 0}, {3, 1}, {4, 2}})
    expected -= chances[row][event].item<double>() / 4.0;
  EXPECT_NEAR(loss(input_with(batch, anchors, events)).item<double>(), expected, 1e-9);
  expect_finite_differences([&] { return loss(input_with(batch, anchors, events)); },
                            {anchors, events});
  expect_shares_add_up(loss, input_with(batch, anchors, events), {anchors, events});
}

TEST(NextEvent, IsNothingWhereNothingFollows) {
  const recipe::Batch batch = histories({kNone, kNone}, 0);
  const at::Tensor anchors = random_vectors(2, 4, 1);
  const at::Tensor value = NextEvent(0.1)(input_with(batch, anchors, {}));
  EXPECT_EQ(value.item<double>(), 0.0);
  value.backward();
  EXPECT_EQ(anchors.grad().abs().max().item<double>(), 0.0);
  const recipe::Batch pairs = random_batch(2, 1, 2);
  EXPECT_KINDRED_ERROR(NextEvent(0.1)(input_of(pairs, anchors, random_vectors(3, 4, 2))),
                       ErrorKind::bad_input, "data.slices");
}

TEST(Compatible, HoldsNewAnchorsAgainstOldPassages) {
  const recipe::Batch batch = random_batch(6, 3, 2);
  const auto passages = static_cast<std::int64_t>(batch.passages.size());
  const at::Tensor anchors = random_vectors(6, 4, 3), fresh = random_vectors(passages, 4, 4);
  const at::Tensor old = random_vectors(passages, 4, 5).detach();
  LossInput input = input_of(batch, anchors, fresh);
  const InfoNceOptions options{.temperature = 0.1, .both_directions = true};
  const Compatible loss(options);
  EXPECT_KINDRED_ERROR(loss(input), ErrorKind::bad_input, "old model's vectors");
  input.other.old.passages = old;
  EXPECT_NEAR(loss(input).item<double>(),
              InfoNce({.temperature = 0.1})(input_of(batch, anchors, old)).item<double>(), 1e-9);
  expect_finite_differences([&] { return loss(input); }, {anchors});
  expect_shares_add_up(loss, input, {anchors});
  input.other.old.passages = at::cat({old, old}, 1);
  EXPECT_KINDRED_ERROR(loss(input), ErrorKind::bad_input, "8 dimensions");
}

}  // namespace
}  // namespace kindred::train
