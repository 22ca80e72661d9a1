#include "estimators/lanczos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace kindred::estimators {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// The path of n points: eigenvalues 2 cos(π k / (n + 1)), all different.
void path(const Vector& x, Vector& y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = (i > 0 ? x[i - 1] : 0.0) + (i + 1 < x.size() ? x[i + 1] : 0.0);
}

// The ring: 2 cos(2 π k / n), each but the first twice.
void ring(const Vector& x, Vector& y) {
  const std::size_t n = x.size();
  for (std::size_t i = 0; i < n; ++i) y[i] = x[(i + 1) % n] + x[(i + n - 1) % n];
}

TEST(Lanczos, FindsTheLargestOfAPath) {
  constexpr std::size_t kN = 120;
  ThreadPool pool(2);
  const auto found = largest_eigenvectors(kN, path, 3, {}, 1e-9, 1, pool);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    Vector y(kN);
    path(found[k], y);
    EXPECT_NEAR(dot(found[k], y), 2.0 * std::cos(std::numbers::pi * (k + 1.0) / (kN + 1.0)), 1e-9);
    EXPECT_NEAR(dot(found[k], found[k]), 1.0, 1e-12);
    EXPECT_NEAR(dot(found[k], found[(k + 1) % 3]), 0.0, 1e-9);
  }
}

TEST(Lanczos, FindsEqualEigenvaluesAsOftenAsTheyAre) {
  constexpr std::size_t kN = 90;
  ThreadPool pool(1);
  const std::vector<Vector> known = {Vector(kN, 1.0 / std::sqrt(90.0))};
  const auto found = largest_eigenvectors(kN, ring, 4, known, 1e-9, 1, pool);
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t k = 0; k < 4; ++k) {
    Vector y(kN);
    ring(found[k], y);
    EXPECT_NEAR(dot(found[k], y), 2.0 * std::cos(2.0 * std::numbers::pi * (k / 2 + 1.0) / kN),
                1e-8);
    EXPECT_NEAR(dot(found[k], known[0]), 0.0, 1e-9);
  }
}

TEST(Lanczos, GivesNoMoreThanThereAre) {
  ThreadPool pool(1);
  EXPECT_EQ(largest_eigenvectors(3, path, 7, {}, 1e-9, 1, pool).size(), 3U);
  const auto none = [](const Vector&, Vector& y) { y.assign(y.size(), 0.0); };
  const auto found = largest_eigenvectors(4, none, 2, {}, 1e-9, 1, pool);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(dot(found[0], found[1]), 0.0, 1e-12);
}

TEST(Lanczos, ThreadsDoNotChangeIt) {
  ThreadPool one(1), three(3);
  EXPECT_EQ(largest_eigenvectors(9000, path, 2, {}, 1e-3, 5, one),
            largest_eigenvectors(9000, path, 2, {}, 1e-3, 5, three));
}

}  // namespace
}  // namespace kindred::estimators
