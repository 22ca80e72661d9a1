#include "train/composite_loss.h"

#include "io/expect_error.h"
#include "train/distillation.h"
#include "train/info_nce.h"
#include "train/loss_fixture.h"
#include "train/triplet.h"

namespace kindred::train {
namespace {

std::shared_ptr<const Loss> info_nce(bool learnable = false) {
  return std::make_shared<InfoNce>(
      InfoNceOptions{.temperature = 0.1, .learnable_temperature = learnable});
}

TEST(CompositeLoss, AddsWhatItIsMadeOf) {
  const recipe::Batch batch = random_batch(6, 3, 1);
  const at::Tensor a = random_vectors(6, 4, 2), p = random_vectors(9, 4, 3);
  const LossInput input = input_of(batch, a, p);
  const auto triplet = std::make_shared<Triplet>();
  const LossSum sum({{1.0, info_nce()}, {0.2, triplet}});
  EXPECT_DOUBLE_EQ(sum(input).item<double>(),
                   (*info_nce())(input).item<double>() + 0.2 * (*triplet)(input).item<double>());
  expect_finite_differences([&] { return sum(input); }, {a, p}, 1e-5);
  expect_shares_add_up(sum, input, {a, p});
}

TEST(CompositeLoss, NamesTheParametersOfItsParts) {
  const LossSum sum({{1.0, std::make_shared<Triplet>()}, {0.2, info_nce(true)}});
  ASSERT_EQ(sum.parameters().size(), 1U);
  EXPECT_EQ(sum.parameters()[0].name, "1.log_scale");
  EXPECT_EQ(LossSum({{1.0, info_nce(true)}}).parameters()[0].name, "log_scale");
  EXPECT_EQ(Matryoshka(info_nce(true), {{4}}).parameters()[0].name, "log_scale");
}

TEST(CompositeLoss, ShortensVectorsAndTheirTeacherButNoGuide) {
  const recipe::Batch batch = random_batch(6, 3, 1);
  const at::Tensor a = random_vectors(6, 4, 2), p = random_vectors(9, 4, 3);
  LossInput input = input_of(batch, a, p);
  input.other.teacher = {random_vectors(6, 4, 4).detach(), random_vectors(9, 4, 5).detach()};
  input.other.guide = {random_vectors(6, 7, 6).detach(), random_vectors(9, 7, 7).detach()};
  const Matryoshka distilled(
      std::make_shared<VectorDistillation>(VectorDistillationOptions{.target = VectorTarget::mse}),
      {{4, 1.0}, {2, 0.5}});
  expect_finite_differences([&] { return distilled(input); }, {a, p}, 1e-5);
  expect_shares_add_up(distilled, input, {a, p});
  const Matryoshka guided(std::make_shared<InfoNce>(InfoNceOptions{.guide_margin = 0.0}),
                          {{4, 1.0}, {1, 0.5}});
  expect_shares_add_up(guided, input, {a, p});
}

TEST(CompositeLoss, RefusesWhatCannotBe) {
  EXPECT_KINDRED_ERROR(LossSum({}), ErrorKind::bad_input, "no losses");
  EXPECT_KINDRED_ERROR(LossSum({{0.0, info_nce()}}), ErrorKind::bad_input, "weight of 0");
  EXPECT_KINDRED_ERROR(Matryoshka(info_nce(), {}), ErrorKind::bad_input, "no dimensions");
  EXPECT_KINDRED_ERROR(Matryoshka(info_nce(), {{2}, {2}}), ErrorKind::bad_input, "stand twice");
  EXPECT_KINDRED_ERROR(Matryoshka(info_nce(), {{0}}), ErrorKind::bad_input, "cannot be");
  const recipe::Batch batch = random_batch(6, 3, 1);
  const at::Tensor a = random_vectors(6, 4, 2), p = random_vectors(9, 4, 3);
  EXPECT_KINDRED_ERROR(Matryoshka(info_nce(), {{8}})(input_of(batch, a, p)), ErrorKind::bad_input,
                       "the first 8 dimensions of vectors that have 4");
}

}  // namespace
}  // namespace kindred::train
