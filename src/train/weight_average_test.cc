#include "train/weight_average.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "io/temp_directory.h"

namespace kindred::train {
namespace {

TEST(WeightAverage, MovesSlowly) {
  at::Tensor w = at::tensor({0.0F});
  const NamedTensors weights = {{"w", w}};
  MovingAverage average(weights, 0.75);
  w.fill_(4.0);
  average.update(weights);
  average.update(weights);
  average.apply(weights);
  EXPECT_NEAR(w.item<double>(), 1.0 + 0.75, 1e-6);
  EXPECT_FALSE(MovingAverage(weights, 0.0).active());
}

TEST(WeightAverage, GoesAlongTheSphere) {
  const at::Tensor x = at::tensor({1.0F, 0.0F}), y = at::tensor({0.0F, 1.0F});
  const at::Tensor half = spherical(x, y, 0.5);
  EXPECT_NEAR(half[0].item<double>(), std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(half[1].item<double>(), std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(spherical(x, x.mul(3.0), 0.5)[0].item<double>(), 2.0, 1e-6);
}

TEST(WeightAverage, IsTheMeanOfCheckpoints) {
  io::TempDirectory temp;
  std::vector<std::string> paths;
  for (const float value : {1.0F, 2.0F, 6.0F}) {
    paths.push_back(temp.file("c" + std::to_string(paths.size())));
    std::filesystem::create_directories(paths.back());
    save_tensors(paths.back() + "/model.safetensors", {{"w", at::tensor({value, 0.0F})}});
  }
  const at::Tensor w = at::tensor({0.0F, 9.0F});
  average_checkpoints(paths, false, {{"w", w}});
  EXPECT_NEAR(w[0].item<double>(), 3.0, 1e-6);
  EXPECT_EQ(w[1].item<double>(), 0.0);
}

}  // namespace
}  // namespace kindred::train
