// The nearest centroid, with probabilities. Tested by centroid_classifier_test.cc.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/linear_classifier.h"

namespace kindred::estimators {

/// As sentence-transformers' losses scale cosines: 20 times.
inline constexpr double kDefaultTemperature = 0.05;

/// Classes by a direction each: probabilities are the softmax of cosine / temperature.
///
/// Threads: immutable once made; const methods may run concurrently.
struct CentroidClassifier {
  std::size_t classes = 0;
  std::size_t dimensions = 0;
  std::vector<float> centroids;  ///< classes × dimensions, of length 1 (or 0)
  double temperature = kDefaultTemperature;

  /// Probabilities, rows × classes. A vector of zeros is as near to all.
  std::vector<double> probabilities(std::span<const float> values, ThreadPool& pool) const;
};

/// Centroids as means of vectors brought to length 1. The temperature is that of the least cross
/// entropy of each row among centroids that it is left out of; rows that are alone in their class
/// cannot be asked, and where all are, it is kDefaultTemperature. Errors: those of
/// LabelledVectors::checked_counts.
CentroidClassifier fit_centroids(const LabelledVectors& data);

/// One centroid a row of `values`, brought to length 1.
CentroidClassifier centroids_of(std::span<const float> values, std::size_t dimensions,
                                double temperature = kDefaultTemperature);

}  // namespace kindred::estimators
