// How well classes are told, and the counterpart of a text in another language found. Tested by
// scores_test.cc.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kindred::eval {

/// Those of scikit-learn. A class that nothing was taken for has precision 0, one that nothing is
/// of has recall 0; their F1 is 0.
struct ClassificationScores {
  double accuracy = 0.0;
  double macro_f1 = 0.0;  ///< mean over the classes that anything is of or was taken for
  // Means over what there is, a class weighing as much as it holds:
  double weighted_precision = 0.0;
  double weighted_recall = 0.0;
  double weighted_f1 = 0.0;
};

/// The classes of n things and what they were taken for. All 0 for n = 0. Errors: internal for
/// unequal lengths.
///
/// For bitext mining the classes are the places of the right counterparts and of the nearest ones:
/// accuracy and weighted_f1 are MTEB's.
ClassificationScores score_classes(std::span<const std::size_t> truth,
                                   std::span<const std::size_t> taken_for);

/// [class][taken for] of 0 … classes − 1. Errors: internal for a class outside.
std::vector<std::vector<std::size_t>> confusion(std::span<const std::size_t> truth,
                                                std::span<const std::size_t> taken_for,
                                                std::size_t classes);

}  // namespace kindred::eval
