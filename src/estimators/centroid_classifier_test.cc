#include "estimators/centroid_classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::estimators {
namespace {

using Floats = std::vector<float>;
using Labels = std::vector<std::uint32_t>;

TEST(CentroidClassifier, CentroidsAreMeansOfDirections) {
  const Floats values = {2.0F, 0.0F, 0.0F, 1.0F, -3.0F, 0.0F};
  const Labels labels = {0, 0, 1};
  const CentroidClassifier c = fit_centroids({values, 2, labels, 2});
  EXPECT_NEAR(c.centroids[0], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(c.centroids[1], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(c.centroids[2], -1.0, 1e-6);
}

TEST(CentroidClassifier, ProbabilitiesAreTheSoftmaxOfCosines) {
  const Floats centroids = {3.0F, 0.0F, 0.0F, 2.0F};
  const CentroidClassifier c = centroids_of(centroids, 2, 0.1);
  ThreadPool pool(1);
  const auto p = c.probabilities(Floats{30.0F, 40.0F, 0.0F, 0.0F}, pool);
  EXPECT_NEAR(p[0], 1.0 / (1.0 + std::exp(2.0)), 1e-6);
  EXPECT_NEAR(p[0] + p[1], 1.0, 1e-12);
  EXPECT_EQ(p[2], 0.5);  // of zeros
}

// Rows around random directions: the temperature found is the best for fresh rows too.
TEST(CentroidClassifier, TheTemperatureFitsRowsThatWereNotSeen) {
  Random random(3);
  constexpr std::size_t kClasses = 6, kDimensions = 16;
  Floats centres(kClasses * kDimensions);
  for (float& v : centres) v = static_cast<float>(random.normal());
  const auto draw = [&](std::size_t each, Floats& values, Labels& labels) {
    for (std::size_t row = 0; row < kClasses * each; ++row) {
      labels.push_back(static_cast<std::uint32_t>(row % kClasses));
      for (std::size_t i = 0; i < kDimensions; ++i)
        values.push_back(centres[row % kClasses * kDimensions + i] +
                         2.0F * static_cast<float>(random.normal()));
    }
  };
  Floats values, fresh;
  Labels labels, fresh_labels;
  draw(10, values, labels);
  draw(300, fresh, fresh_labels);
  CentroidClassifier c = fit_centroids({values, kDimensions, labels, kClasses});
  ThreadPool pool(1);
  const auto loss = [&](double temperature) {
    c.temperature = temperature;
    const auto p = c.probabilities(fresh, pool);
    double sum = 0.0;
    for (std::size_t row = 0; row < fresh_labels.size(); ++row)
      sum -= std::log(p[row * kClasses + fresh_labels[row]]);
    return sum / static_cast<double>(fresh_labels.size());
  };
  const double fitted = c.temperature;
  const double at_fitted = loss(fitted);
  EXPECT_LT(at_fitted, loss(fitted * 3.0));
  EXPECT_LT(at_fitted, loss(fitted / 3.0));
}

TEST(CentroidClassifier, ClassesOfOneRowHaveNothingToLeaveOut) {
  const Floats values = {1.0F, 0.0F, 0.0F, 1.0F};
  const CentroidClassifier c = fit_centroids({values, 2, Labels{0, 1}, 2});
  EXPECT_EQ(c.temperature, kDefaultTemperature);
  EXPECT_KINDRED_ERROR(fit_centroids({values, 2, Labels{0, 0}, 1}), ErrorKind::bad_input,
                       "needs two");
  EXPECT_KINDRED_ERROR(centroids_of(values, 2, 0.0), ErrorKind::bad_input, "temperature");
}

TEST(CentroidClassifier, ZerosAreNoNumbersToFear) {
  const Floats values(8, 0.0F);
  ThreadPool pool(1);
  const CentroidClassifier c = fit_centroids({values, 2, Labels{0, 0, 1, 1}, 2});
  for (const double p : c.probabilities(values, pool)) EXPECT_EQ(p, 0.5);
}

}  // namespace
}  // namespace kindred::estimators
