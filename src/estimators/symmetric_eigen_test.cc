#include "estimators/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::estimators {
namespace {

std::vector<double> random_symmetric(std::size_t d, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> matrix(d * d);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t k = 0; k <= i; ++k)
      matrix[i * d + k] = matrix[k * d + i] = random.uniform() - 0.5;
  return matrix;
}

// A v = λ v, and the vectors are an orthonormal basis, which together is all there is to say.
void expect_decomposed(const std::vector<double>& matrix, std::size_t d,
                       const EigenDecomposition& eigen, double tolerance) {
  for (std::size_t i = 0; i < d; ++i) {
    const double* vector = eigen.vectors.data() + i * d;
    if (i > 0) {
      EXPECT_GE(eigen.values[i - 1], eigen.values[i]);
    }
    for (std::size_t r = 0; r < d; ++r) {
      double sum = 0.0;
      for (std::size_t k = 0; k < d; ++k) sum += matrix[r * d + k] * vector[k];
      ASSERT_NEAR(sum, eigen.values[i] * vector[r], tolerance) << i << ", " << r;
    }
    for (std::size_t j = 0; j <= i; ++j) {
      double dot = 0.0;
      for (std::size_t k = 0; k < d; ++k) dot += vector[k] * eigen.vectors[j * d + k];
      ASSERT_NEAR(dot, i == j ? 1.0 : 0.0, 1e-12) << i << ", " << j;
    }
  }
}

TEST(SymmetricEigen, DecomposesMatricesOfAnySize) {
  ThreadPool pool(2);
  for (const std::size_t d : {1UL, 2UL, 3UL, 17UL, 130UL, 300UL}) {
    const auto matrix = random_symmetric(d, d);
    expect_decomposed(matrix, d, symmetric_eigen(matrix, d, pool), 1e-11);
  }
}

TEST(SymmetricEigen, BearsEqualEigenvaluesZerosAndRankOne) {
  ThreadPool pool;
  constexpr std::size_t kD = 20;
  std::vector<double> identity(kD * kD);
  for (std::size_t i = 0; i < kD; ++i) identity[i * kD + i] = 2.0;
  expect_decomposed(identity, kD, symmetric_eigen(identity, kD, pool), 1e-14);

  const std::vector<double> zeros(kD * kD);
  expect_decomposed(zeros, kD, symmetric_eigen(zeros, kD, pool), 0.0);

  std::vector<double> one(kD * kD);
  for (std::size_t i = 0; i < kD; ++i)
    for (std::size_t k = 0; k < kD; ++k)
      one[i * kD + k] = static_cast<double>((i + 1) * (k + 1)) * 1e-160;
  const auto eigen = symmetric_eigen(one, kD, pool);
  expect_decomposed(one, kD, eigen, 1e-170);
  EXPECT_NEAR(eigen.values[0] / 2870e-160, 1.0, 1e-12);  // Σ i²
}

TEST(SymmetricEigen, KnowsTheSecondDifferences) {
  // Eigenvalues 2 - 2 cos(kπ / (d + 1)).
  ThreadPool pool;
  constexpr std::size_t kD = 40;
  std::vector<double> matrix(kD * kD);
  for (std::size_t i = 0; i < kD; ++i) {
    matrix[i * kD + i] = 2.0;
    if (i > 0) matrix[i * kD + i - 1] = matrix[(i - 1) * kD + i] = -1.0;
  }
  const auto eigen = symmetric_eigen(matrix, kD, pool);
  for (std::size_t i = 0; i < kD; ++i)
    EXPECT_NEAR(eigen.values[i],
                2.0 - 2.0 * std::cos(static_cast<double>(kD - i) * M_PI / (kD + 1)), 1e-13);
}

TEST(SymmetricEigen, GivesTheSameBitsOnAnyNumberOfThreads) {
  ThreadPool one(1);
  ThreadPool three(3);
  const auto matrix = random_symmetric(290, 5);
  const auto a = symmetric_eigen(matrix, 290, one);
  const auto b = symmetric_eigen(matrix, 290, three);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.vectors, b.vectors);
}

TEST(SymmetricEigen, MakesTheLargestValueOfAVectorPositive) {
  ThreadPool pool;
  const auto eigen = symmetric_eigen({2.0, -3.0, -3.0, 1.0}, 2, pool);
  EXPECT_GT(eigen.vectors[0], 0.0);
  EXPECT_LT(eigen.vectors[1], 0.0);
}

TEST(SymmetricEigen, RefusesWhatIsNotFinite) {
  ThreadPool pool;
  EXPECT_KINDRED_ERROR(
      symmetric_eigen({1.0, 0.0, 0.0, std::numeric_limits<double>::infinity()}, 2, pool),
      ErrorKind::bad_input, "NaN or infinite");
}

}  // namespace
}  // namespace kindred::estimators
