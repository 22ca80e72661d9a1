#include "train/loss.h"

#include <gmock/gmock.h>

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

TEST(Loss, NormalizesWithAGradientThatIsRight) {
  const at::Tensor x = random_vectors(3, 4, 1), y = random_vectors(3, 4, 2).detach();
  expect_finite_differences([&] { return normalized(x).mul(y).sum(); }, {x});
  EXPECT_NEAR(normalized(x)[1].norm().item<double>(), 1.0, 1e-12);
}

TEST(Loss, GivesAVectorWithoutADirectionNoneAndNoGradient) {
  const at::Tensor x = at::tensor({0.0, 0.0, 3.0, 4.0}).view({2, 2}).requires_grad_(true);
  const Gradient found = gradient(normalized(x).sum(), {x});
  EXPECT_DOUBLE_EQ(found.value, 1.4);
  EXPECT_EQ(found.of[0][0].abs().max().item<double>(), 0.0);
  EXPECT_GT(found.of[0][1].abs().max().item<double>(), 0.0);
}

TEST(Loss, SplitsPassagesByTheFirstAnchorThatNamesThem) {
  recipe::Batch batch;
  batch.anchors.resize(3);
  batch.passages.resize(5);
  batch.positives = {{}, {1}, {0, 1}};
  batch.negatives = {{}, {}, {3}};
  batch.graded = {{1, 3, 1.0}};
  EXPECT_THAT(passage_owners(batch), testing::ElementsAre(2, 1, 0, 1, 0));
}

TEST(Loss, RefusesABatchThatContradictsItself) {
  recipe::Batch batch = random_batch(4, 1, 3);
  const at::Tensor a = random_vectors(4, 3, 4), p = random_vectors(5, 3, 5);
  LossInput input = input_of(batch, a, p);
  EXPECT_NO_THROW(check(input));
  input.end = 5;
  EXPECT_KINDRED_ERROR(check(input), ErrorKind::bad_input, "no rows 0 to 5");
  input.end = 4;
  input.passages = random_vectors(5, 2, 6);
  EXPECT_KINDRED_ERROR(check(input), ErrorKind::bad_input, "3 dimensions and passages 2");
  input.passages = p;
  batch.graded[0].passage = 7;
  EXPECT_KINDRED_ERROR(check(input), ErrorKind::bad_input, "passage 7 of 5");
  batch.graded.clear();
  batch.labels = {1};
  EXPECT_KINDRED_ERROR(check(input), ErrorKind::bad_input, "1 labels for 4 anchors");
  batch.labels.clear();
  batch.negatives.pop_back();
  EXPECT_KINDRED_ERROR(check(input), ErrorKind::bad_input, "3 lists of negatives for 4 anchors");
}

}  // namespace
}  // namespace kindred::train
