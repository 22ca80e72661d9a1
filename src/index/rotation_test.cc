#include "index/rotation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

TEST(Rotation, KeepsInnerProductsAtEveryDimension) {
  Random random(3);
  for (const std::size_t d : {2, 50, 64, 65, 100, 200, 384, 768, 1000, 4096}) {
    const Rotation rotation(d, 9);
    ASSERT_EQ(rotation.padded() % 64, 0U);
    std::vector<float> a(d), b(d), ra(rotation.padded()), rb(rotation.padded());
    for (float& x : a) x = static_cast<float>(random.normal());
    for (float& x : b) x = static_cast<float>(random.normal());
    rotation.apply(a.data(), ra.data());
    rotation.apply(b.data(), rb.data());
    const float scale =
        std::sqrt(kernels::dot(a.data(), a.data(), d) * kernels::dot(b.data(), b.data(), d));
    EXPECT_NEAR(kernels::dot(ra.data(), rb.data(), ra.size()), kernels::dot(a.data(), b.data(), d),
                1e-5 * scale)
        << d;
  }
}

TEST(Rotation, SpreadsASingleDimensionOverAll) {
  for (const std::size_t d : {50, 100, 384, 448, 768, 1000}) {
    const Rotation rotation(d, 1);
    const auto n = static_cast<double>(rotation.padded());
    for (const std::size_t one : {std::size_t{0}, d / 2, d - 1}) {
      std::vector<float> in(d), out(rotation.padded());
      in[one] = 1.0F;
      rotation.apply(in.data(), out.data());
      double fourth = 0.0;  // 1/n for ±1/√n everywhere, 3/n for independent normal values
      for (const float x : out) fourth += std::pow(static_cast<double>(x), 4);
      EXPECT_LT(fourth, 8.0 / n) << d << " " << one;
    }
  }
}

TEST(Rotation, DependsOnTheSeedAlone) {
  const std::vector<float> in(100, 0.5F);
  std::vector<float> a(128), b(128), c(128);
  Rotation(100, 5).apply(in.data(), a.data());
  Rotation(100, 5).apply(in.data(), b.data());
  Rotation(100, 6).apply(in.data(), c.data());
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

}  // namespace
}  // namespace kindred::index
