#include "kernels/row_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

struct Matrix {
  Matrix(std::size_t rows, std::size_t columns, std::uint32_t seed)
      : width(padded_width(columns)), values(rows * width) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < columns; ++k) values[i * width + k] = normal(random);
      pointers.push_back(values.data() + i * width);
    }
  }
  Rows rows() const { return {pointers.data(), pointers.size()}; }
  std::size_t width;
  std::vector<float> values;
  std::vector<float*> pointers;
};

class RowProductsTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!can_run(GetParam())) GTEST_SKIP() << "not on this processor";
  }
  const RowProducts& kernel() const { return row_products(GetParam()); }
};

TEST_P(RowProductsTest, DotsOfEveryShape) {
  for (const std::size_t columns : {1, 16, 100, 300})
    for (std::size_t na = 0; na <= 9; ++na)
      for (std::size_t nb = 0; nb <= 9; ++nb) {
        const Matrix a(na, columns, 1), b(nb, columns, 2);
        std::vector<float> found(na * 10, -7.0F);
        kernel().dots(a.rows(), b.rows(), a.width, found.data(), 10);
        for (std::size_t i = 0; i < na; ++i)
          for (std::size_t j = 0; j < 10; ++j) {
            double expected = 0.0;
            for (std::size_t k = 0; j < nb && k < a.width; ++k)
              expected += static_cast<double>(a.pointers[i][k]) * b.pointers[j][k];
            ASSERT_NEAR(found[i * 10 + j], j < nb ? expected : -7.0, 1e-4);
          }
      }
}

TEST_P(RowProductsTest, AddsProductsEitherWayRound) {
  for (const bool turned : {false, true})
    for (const std::size_t columns : {1, 100, 300})
      for (std::size_t n = 0; n <= 13; ++n) {
        const std::size_t m = 5;
        const Matrix b(m, columns, 3), g(1, n * m + 1, 4);
        Matrix to(n, columns, 5);
        const Matrix before(n, columns, 5);
        const Coefficients c{g.values.data(), turned ? 1 : m, turned ? n : 1};
        kernel().add_products(c, b.rows(), to.pointers.data(), n, to.width);
        for (std::size_t i = 0; i < n; ++i)
          for (std::size_t k = 0; k < to.width; ++k) {
            double expected = before.pointers[i][k];
            for (std::size_t j = 0; j < m; ++j)
              expected +=
                  static_cast<double>(c.values[i * c.row + j * c.column]) * b.pointers[j][k];
            ASSERT_NEAR(to.pointers[i][k], expected, 1e-4);
          }
      }
}

TEST_P(RowProductsTest, ARowMayBeWrittenTwice) {
  const Matrix b(1, 16, 6);
  Matrix to(1, 16, 7);
  const float before = to.values[3];
  const std::vector<float> ones(8, 1.0F);
  std::vector<float*> same(8, to.values.data());
  kernel().add_products({ones.data(), 1, 1}, b.rows(), same.data(), 8, 16);
  EXPECT_NEAR(to.values[3], before + 8.0F * b.values[3], 1e-5);
}

TEST_P(RowProductsTest, ResidualsFarOutAreExact) {
  std::vector<float> x = {0.0F, 1.0F, -1.0F, 20.0F, -20.0F, 100.0F, -100.0F, 1e30F, -1e30F};
  const std::vector<float> values = x;
  const std::vector<float> weights(x.size(), 0.5F);
  kernel().sigmoid_residuals(x.data(), weights.data(), 1.0F, x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(x[i], 0.5 * (1.0 - 1.0 / (1.0 + std::exp(-static_cast<double>(values[i])))), 1e-6)
        << values[i];
}

INSTANTIATE_TEST_SUITE_P(Sets, RowProductsTest,
                         testing::Values(Isa::scalar, Isa::avx2, Isa::avx512),
                         [](const auto& set) { return std::string(to_string(set.param)); });

}  // namespace
}  // namespace kindred::kernels
