// Multinomial logistic regression over vectors. Tested by linear_classifier_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/thread_pool.h"

namespace kindred::estimators {

/// Vectors with a class each.
struct LabelledVectors {
  std::span<const float> values;  ///< n × dimensions, row-major
  std::size_t dimensions = 0;
  std::span<const std::uint32_t> labels;  ///< n, below `classes`
  std::size_t classes = 0;

  std::size_t rows() const noexcept { return labels.size(); }
  /// Rows of each class. Errors: bad_input for fewer than two classes, a class without a row,
  /// unequal lengths, and values that are not finite.
  std::vector<std::size_t> checked_counts() const;
};

struct LinearOptions {
  double c = 1.0;         ///< inverse strength of the L2 penalty, as scikit-learn's C
  bool balanced = false;  ///< classes weigh the same, whatever their rows
  std::size_t iterations = 1000;
  double tolerance = 1e-6;  ///< of the gradient's largest component
  std::function<void()> on_iteration = {};
};

/// Threads: immutable once made; const methods may run concurrently.
struct LinearClassifier {
  std::size_t classes = 0;
  std::size_t dimensions = 0;
  std::vector<float> weights;  ///< classes × dimensions, row-major
  std::vector<float> biases;   ///< classes

  /// Probabilities, rows × classes, of rows × dimensions.
  std::vector<double> probabilities(std::span<const float> values, ThreadPool& pool) const;
};

/// Minimises the penalty ½|W|² and C times the cross entropy; biases are not penalised. Two classes
/// share one vector, of opposite signs, as in scikit-learn's LogisticRegression(C), with whose
/// probabilities these agree. By L-BFGS (Nocedal and Wright, "Numerical Optimization", algorithms
/// 7.4 and 7.5) with a backtracking line search. The same bits whatever the threads. Errors: those
/// of checked_counts; bad_input for a C that is not above 0.
LinearClassifier fit_linear(const LabelledVectors& data, const LinearOptions& options,
                            ThreadPool& pool);

/// exp(z) over its sum, in place, without overflow.
void softmax(std::span<double> z);

}  // namespace kindred::estimators
