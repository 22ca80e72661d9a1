#include "train/graded_losses.h"

#include <cmath>

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

TEST(GradedLosses, HaveTheGradientOfTheirDifferences) {
  const recipe::Batch batch = random_batch(6, 3, 1);
  const at::Tensor a = random_vectors(6, 4, 2), p = random_vectors(9, 4, 3);
  const LossInput input = input_of(batch, a, p);
  const Cosent cosent;
  const CosineRegression cosine;
  const Ordered ordered;
  for (const Loss* loss : {static_cast<const Loss*>(&cosent), static_cast<const Loss*>(&cosine),
                           static_cast<const Loss*>(&ordered)}) {
    expect_finite_differences([&] { return (*loss)(input); }, {a, p});
    expect_shares_add_up(*loss, input, {a, p});
  }
}

/// One anchor along x, passages at given cosines with given grades.
struct Fan {
  recipe::Batch batch;
  at::Tensor anchors = at::tensor({1.0, 0.0}).view({1, 2});
  at::Tensor passages;

  explicit Fan(const std::vector<std::pair<double, double>>& cosines_and_grades) {
    batch.anchors.resize(1);
    std::vector<double> values;
    for (const auto& [cosine, grade] : cosines_and_grades) {
      batch.graded.push_back({0, static_cast<std::uint32_t>(batch.passages.size()), grade});
      batch.passages.emplace_back();
      values.push_back(cosine);
      values.push_back(std::sqrt(1.0 - cosine * cosine));
    }
    passages = at::tensor(values).view({-1, 2});
  }
  double operator()(const Loss& loss) const {
    return loss(input_of(batch, anchors, passages)).item<double>();
  }
};

TEST(GradedLosses, OrderedHoldsNeighbouringGradesAgainstEachOther) {
  const Fan fan({{0.9, 3.0}, {0.5, 0.0}, {0.8, 1.0}, {0.6, 1.0}});
  const auto term = [](double lead) { return std::log1p(std::exp(-lead / 0.1)); };
  const double expected =
      (term(0.9 - 0.8) + term(0.9 - 0.6) + term(0.8 - 0.5) + term(0.6 - 0.5)) / 4;
  EXPECT_NEAR(fan(Ordered({.scale = 20.0, .strength = 0.5})), expected, 1e-12);
}

TEST(GradedLosses, CosentCountsTheOrderAlone) {
  const auto loss = [](double a, double b, double c) {
    return Fan({{0.9, a}, {0.5, b}, {0.7, c}})(Cosent());
  };
  EXPECT_DOUBLE_EQ(loss(1.0, 0.0, 0.5), loss(100.0, -3.0, 99.0));
  EXPECT_GT(loss(0.0, 1.0, 0.5), loss(1.0, 0.0, 0.5));
  EXPECT_NEAR(loss(1.0, 0.0, 0.5),
              std::log(1.0 + std::exp(20 * (0.5 - 0.9)) + std::exp(20 * (0.7 - 0.9)) +
                       std::exp(20 * (0.5 - 0.7))),
              1e-9);
}

TEST(GradedLosses, GiveNothingWhereNothingCanBeOrdered) {
  const Fan fan({{0.9, 1.0}, {0.5, 1.0}});
  EXPECT_EQ(fan(Cosent()), 0.0);
  EXPECT_EQ(fan(Ordered()), 0.0);
}

TEST(GradedLosses, RefuseWhatTheyCannotUse) {
  Fan fan({{0.9, 3.0}, {0.5, 1.0}});
  EXPECT_KINDRED_ERROR(fan(CosineRegression()), ErrorKind::bad_input, "a score of 3 is no cosine");
  fan.batch.graded[0].score = std::nan("");
  EXPECT_KINDRED_ERROR(fan(Cosent()), ErrorKind::bad_input, "is no number");
  fan.batch.graded.clear();
  EXPECT_KINDRED_ERROR(fan(Ordered()), ErrorKind::bad_input, "needs pairs with scores");
  EXPECT_KINDRED_ERROR(Cosent({.scale = -1.0}), ErrorKind::bad_input, "scale of -1");
  EXPECT_KINDRED_ERROR(Ordered({.strength = 0.0}), ErrorKind::bad_input, "strength is 0");
}

}  // namespace
}  // namespace kindred::train
