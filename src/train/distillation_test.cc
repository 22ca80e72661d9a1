#include "train/distillation.h"

#include <cmath>

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

TEST(Distillation, HasTheGradientOfItsDifferences) {
  const recipe::Batch batch = random_batch(6, 3, 1);
  const at::Tensor a = random_vectors(6, 4, 2), p = random_vectors(9, 4, 3);
  LossInput input = input_of(batch, a, p);
  input.other.teacher = {random_vectors(6, 4, 4).detach(), random_vectors(9, 4, 5).detach()};
  for (const VectorTarget target : {VectorTarget::cosine, VectorTarget::mse}) {
    const VectorDistillation loss({.target = target});
    expect_finite_differences([&] { return loss(input); }, {a, p});
    expect_shares_add_up(loss, input, {a, p});
  }
  for (const ScoreTarget target : {ScoreTarget::kl, ScoreTarget::margin_mse})
    for (const bool cosine : {true, false}) {
      const ScoreDistillation loss({.target = target, .temperature = 0.3, .cosine = cosine});
      expect_finite_differences([&] { return loss(input); }, {a, p});
      expect_shares_add_up(loss, input, {a, p});
    }
}

TEST(Distillation, TakesAnchorsWithUnequallyManyCandidates) {
  recipe::Batch batch;
  batch.anchors.resize(3);
  batch.passages.resize(3);
  batch.graded = {{2, 0, 1.0}, {0, 1, 2.0}, {0, 0, 1.0}, {1, 2, 5.0}, {0, 2, 0.5}, {2, 2, 0.0}};
  const at::Tensor a = random_vectors(3, 4, 6), p = random_vectors(3, 4, 7);
  const LossInput input = input_of(batch, a, p);
  const ScoreDistillation loss({.temperature = 0.5, .teacher_temperature = 1.0, .cosine = false});
  double expected = 0.0;
  for (const std::uint32_t anchor : {0U, 2U}) {  // the second one has one candidate
    double teacher_sum = 0.0, our_sum = 0.0;
    const auto each = [&](auto&& visit) {
      for (const auto& pair : batch.graded)
        if (pair.anchor == anchor)
          visit(pair.score, a[anchor].mul(p[pair.passage]).sum().item<double>() / 0.5);
    };
    each([&](double teacher, double ours) {
      teacher_sum += std::exp(teacher);
      our_sum += std::exp(ours);
    });
    each([&](double teacher, double ours) {
      const double probability = std::exp(teacher) / teacher_sum;
      expected += probability * (std::log(probability) - (ours - std::log(our_sum)));
    });
  }
  EXPECT_NEAR(loss(input).item<double>(), 0.25 * expected / 2.0, 1e-9);
  expect_finite_differences([&] { return loss(input); }, {a, p});
}

TEST(Distillation, HoldsThePositiveAgainstOtherCandidates) {
  recipe::Batch batch;
  batch.anchors.resize(1);
  batch.passages.resize(3);
  batch.graded = {{0, 0, 4.0}, {0, 1, 1.0}, {0, 2, 9.0}};
  batch.positives = {{1}};
  const at::Tensor a = at::tensor({1.0}).view({1, 1}), p = at::tensor({2.0, 3.0, 5.0}).view({3, 1});
  const ScoreDistillation loss({.target = ScoreTarget::margin_mse, .cosine = false, .scale = 2.0});
  const auto value = [&] { return loss(input_of(batch, a, p)).item<double>(); };
  EXPECT_DOUBLE_EQ(value(), (std::pow(2.0 + 3.0, 2) + std::pow(-4.0 + 8.0, 2)) / 2.0);
  batch.positives.clear();  // the teacher's best one
  EXPECT_DOUBLE_EQ(value(), (std::pow(6.0 - 5.0, 2) + std::pow(4.0 - 8.0, 2)) / 2.0);
}

TEST(Distillation, IsZeroAtTheTeacher) {
  const recipe::Batch batch = random_batch(4, 0, 8);
  const at::Tensor a = random_vectors(4, 4, 9), p = random_vectors(4, 4, 10);
  LossInput input = input_of(batch, a, p);
  input.other.teacher = {a.detach(), p.detach()};
  EXPECT_EQ(VectorDistillation({.target = VectorTarget::mse})(input).item<double>(), 0.0);
  EXPECT_NEAR(VectorDistillation()(input).item<double>(), 0.0, 1e-12);
}

TEST(Distillation, SaysWhatIsMissing) {
  recipe::Batch batch = random_batch(4, 0, 8);
  const at::Tensor a = random_vectors(4, 4, 9), p = random_vectors(4, 4, 10);
  LossInput input = input_of(batch, a, p);
  EXPECT_KINDRED_ERROR(VectorDistillation()(input), ErrorKind::bad_input, "name a teacher model");
  input.other.teacher.anchors = random_vectors(4, 6, 11).detach();
  EXPECT_KINDRED_ERROR(VectorDistillation()(input), ErrorKind::bad_input, "4 × 6 numbers");
  batch.graded = {{0, 0, 1.0}, {1, 1, 1.0}};
  EXPECT_KINDRED_ERROR(ScoreDistillation()(input), ErrorKind::bad_input, "two passages");
  EXPECT_KINDRED_ERROR(ScoreDistillation({.teacher_temperature = 0.0}), ErrorKind::bad_input,
                       "teacher_temperature is 0");
}

}  // namespace
}  // namespace kindred::train
