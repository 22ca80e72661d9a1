#include "kernels/distance.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

TEST(Distance, AgreesWithDoublePrecision) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  for (const std::size_t n : {0, 1, 5, 8, 9, 16, 31, 32, 63, 64, 65, 100, 384, 1001}) {
    std::vector<float> a(n), b(n);
    double dot_expected = 0.0, l2_expected = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      a[i] = normal(random);
      b[i] = normal(random);
      dot_expected += static_cast<double>(a[i]) * b[i];
      l2_expected += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    }
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
      if (!can_run(isa)) continue;
      EXPECT_NEAR(dot(a.data(), b.data(), n, isa), dot_expected, 1e-4) << to_string(isa) << n;
      EXPECT_NEAR(squared_l2(a.data(), b.data(), n, isa), l2_expected, 1e-3) << to_string(isa) << n;
    }
  }
}

}  // namespace
}  // namespace kindred::kernels
