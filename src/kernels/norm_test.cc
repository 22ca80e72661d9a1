#include "kernels/norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

struct Rows {
  Rows(std::size_t m, std::size_t n, std::size_t ld) {
    std::mt19937 random(9);
    std::normal_distribution<float> normal(3.0F, 2.0F);
    for (std::vector<float>* v : {&x, &y}) {
      v->resize(m * ld);
      for (float& e : *v) e = normal(random);
    }
    for (std::vector<float>* v : {&weight, &bias}) {
      v->resize(n);
      for (float& e : *v) e = normal(random);
    }
  }
  std::vector<float> x, y, weight, bias;
};

/// The formula of norm.h in double precision.
std::vector<double> expected_row(const float* x, std::size_t n, const RowNorm& norm) {
  double mean = 0.0, variance = 0.0;
  if (norm.centered)
    for (std::size_t i = 0; i < n; ++i) mean += x[i] / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(n);
  std::vector<double> y(n);
  for (std::size_t i = 0; i < n; ++i)
    y[i] = (x[i] - mean) / std::sqrt(variance + norm.eps) * norm.weight[i] +
           (norm.bias != nullptr ? norm.bias[i] : 0.0F);
  return y;
}

TEST(Norm, AllKindsSizesAndSets) {
  for (const std::size_t n : {1, 2, 7, 8, 15, 16, 31, 33, 64, 100, 384, 771}) {
    const std::size_t m = 3, ld = n + 5;
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
      if (!can_run(isa)) continue;
      for (const bool centered : {true, false}) {
        for (const bool with_bias : {true, false}) {
          for (const NormStore store : {NormStore::overwrite, NormStore::add}) {
            Rows rows(m, n, ld);
            const RowNorm norm{.centered = centered,
                               .weight = rows.weight.data(),
                               .bias = with_bias ? rows.bias.data() : nullptr,
                               .eps = 1e-5F};
            const std::vector<float> before = rows.y;
            norm_rows(norm, rows.x.data(), m, n, ld, rows.y.data(), ld, store, isa);
            for (std::size_t r = 0; r < m; ++r) {
              const std::vector<double> expected = expected_row(&rows.x[r * ld], n, norm);
              for (std::size_t i = 0; i < n; ++i) {
                const double sum = store == NormStore::add ? before[r * ld + i] : 0.0;
                ASSERT_NEAR(rows.y[r * ld + i], expected[i] + sum, 2e-5)
                    << to_string(isa) << " n " << n << " row " << r << " column " << i;
              }
              for (std::size_t i = n; i < ld; ++i)
                ASSERT_EQ(rows.y[r * ld + i], before[r * ld + i]) << "written behind the row";
            }
          }
        }
      }
    }
  }
}

TEST(Norm, InPlaceIsTheSame) {
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (!can_run(isa)) continue;
    Rows rows(4, 50, 50);
    const RowNorm norm{
        .centered = true, .weight = rows.weight.data(), .bias = rows.bias.data(), .eps = 1e-12F};
    norm_rows(norm, rows.x.data(), 4, 50, 50, rows.y.data(), 50, NormStore::overwrite, isa);
    norm_rows(norm, rows.x.data(), 4, 50, 50, rows.x.data(), 50, NormStore::overwrite, isa);
    EXPECT_EQ(rows.x, rows.y) << to_string(isa);
  }
}

TEST(Norm, L2Normalize) {
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (!can_run(isa)) continue;
    std::vector<float> x = {3.0F, 4.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1e-30F, 0.0F, 0.0F};
    l2_normalize(x.data(), 3, 3, isa);
    EXPECT_FLOAT_EQ(x[0], 0.6F);
    EXPECT_FLOAT_EQ(x[1], 0.8F);
    EXPECT_EQ(x[3], 0.0F) << "a zero vector stays zero";
    EXPECT_FLOAT_EQ(x[6], 1e-18F) << "divided by 1e-12, not by its own length";
  }
}

}  // namespace
}  // namespace kindred::kernels
