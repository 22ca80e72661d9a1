#include "train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "io/expect_error.h"
#include "torch/packed_batch.h"

namespace kindred::train {
namespace {

TEST(Schedule, WarmsUpAndEnds) {
  using recipe::Schedule;
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::linear, 0.1, 0, 100), 0.1);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::linear, 0.1, 9, 100), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::linear, 0.1, 55, 100), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::linear, 20, 4, 100), 0.25);
  EXPECT_NEAR(schedule_factor(Schedule::cosine, 0, 50, 100), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::constant, 0, 99, 100), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(Schedule::linear, 0, 0, 1), 1.0);
}

class OptimizerTest : public testing::Test {
 protected:
  OptimizerTest() : alone_(single_process()) {
    options_.learning_rate = 0.1;
    options_.weight_decay = 0.01;
    options_.clip = 0.0;
  }

  Optimizer make(std::vector<Parameter> parameters) {
    return {std::move(parameters), table_, 2, options_, false, *alone_};
  }

  std::unique_ptr<Processes> alone_;
  torch::EmbeddingTable table_;
  recipe::OptimizerRecipe options_;
};

// Loshchilov and Hutter's algorithm 2 by hand, two steps.
TEST_F(OptimizerTest, IsAdamWithDecoupledDecay) {
  const at::Tensor weight = at::tensor({1.0F, -2.0F}).requires_grad_(true);
  const at::Tensor bias = at::tensor({1.0F}).requires_grad_(true);
  Optimizer optimizer =
      make({{"w", weight, Part::body, 3, true}, {"b", bias, Part::body, 3, false}});
  double w = 1.0, b = 1.0, m = 0.0, v = 0.0;
  for (int step = 1; step <= 2; ++step) {
    weight.mul(0.5).sum().add(bias.mul(0.5).sum()).backward();
    optimizer.update(step == 1 ? 1.0 : 0.5);
    const double rate = step == 1 ? 0.1 : 0.05, g = 0.5;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double change = m / (1 - std::pow(0.9, step)) /
                          (std::sqrt(v / (1 - std::pow(0.999, step))) + options_.epsilon);
    w -= rate * 0.01 * w + rate * change;
    b -= rate * change;
    EXPECT_NEAR(weight.detach()[0].item<double>(), w, 1e-6);
    EXPECT_NEAR(bias.detach()[0].item<double>(), b, 1e-6);
    EXPECT_FALSE(weight.grad().defined());
  }
}

TEST_F(OptimizerTest, ClipsByTheNormOfAll) {
  options_.clip = 1.0;
  const at::Tensor a = at::tensor({0.0F}).requires_grad_(true);
  const at::Tensor b = at::tensor({0.0F}).requires_grad_(true);
  Optimizer optimizer = make({{"a", a, Part::body, 3}, {"b", b, Part::head, 3}});
  a.mul(3.0).sum().add(b.mul(4.0).sum()).backward();
  const UpdateReport report = optimizer.update(1.0);
  EXPECT_NEAR(report.gradient_norm, 5.0, 1e-6);
  EXPECT_NEAR(optimizer.state()[0].second.item<double>(), 0.1 * 0.6, 1e-5);
}

TEST_F(OptimizerTest, LowerLayersLearnSlower) {
  options_.layer_decay = 0.5;
  options_.head_rate = 0.2;
  options_.weight_decay = 0.0;
  std::vector<at::Tensor> values;
  std::vector<Parameter> parameters;
  for (std::size_t layer = 0; layer <= 3; ++layer) {
    values.push_back(at::tensor({0.0F}).requires_grad_(true));
    parameters.push_back(
        {"w" + std::to_string(layer), values.back(), layer == 3 ? Part::head : Part::body, layer});
  }
  Optimizer optimizer = make(parameters);
  for (const at::Tensor& value : values) value.sum().backward();
  optimizer.update(1.0);
  EXPECT_NEAR(values[0].item<double>(), -0.1 / 8, 1e-5);
  EXPECT_NEAR(values[2].item<double>(), -0.1 / 2, 1e-5);
  EXPECT_NEAR(values[3].item<double>(), -0.2, 1e-5);
}

TEST_F(OptimizerTest, LazyRowsStayWhereNothingTouchesThem) {
  options_.embeddings = recipe::EmbeddingUpdate::lazy;
  table_ = torch::EmbeddingTable(at::tensor({1.0F, 2.0F, 3.0F}).view({3, 1}).clone());
  table_.train(true);
  Optimizer optimizer = make({});
  table_.rows(torch::indices({1}, at::kCPU)).sum().backward();
  optimizer.update(1.0);
  EXPECT_EQ(table_.weight()[0][0].item<double>(), 1.0);
  EXPECT_NEAR(table_.weight()[1][0].item<double>(), 2.0 - 0.1 * 0.01 * 2.0 - 0.1, 1e-5);
  EXPECT_EQ(table_.weight()[2][0].item<double>(), 3.0);
}

TEST_F(OptimizerTest, ChangesNothingByAGradientThatIsNotFinite) {
  const at::Tensor a = at::tensor({1.0F}).requires_grad_(true);
  Optimizer optimizer = make({{"a", a, Part::body, 3}});
  a.log().mul(INFINITY).sum().backward();
  EXPECT_KINDRED_ERROR(optimizer.update(1.0), ErrorKind::bad_input, "not finite");
  EXPECT_EQ(a.item<double>(), 1.0);
  EXPECT_EQ(optimizer.updates(), 0U);
}

}  // namespace
}  // namespace kindred::train
