// Do vectors tell the classes of texts apart? Tested by class_tasks_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/thread_pool.h"
#include "eval/report.h"
#include "tasks/classify.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {

struct ClassTaskOptions {
  double held_out = 0.3;  ///< of each class, where there is no test file
  std::uint64_t seed = 1;
  encode::TextRole role = encode::TextRole::query;  ///< whose prompt stands before the texts
};

/// The table "classification": accuracy and macro-F1 on held-out texts of nearest centroids and of
/// logistic regression over the vectors, beside always saying the largest class. Without `test`,
/// held out of `texts`, the same share of each class.
eval::Report classification_report(const LabelledTexts& texts,
                                   const std::optional<LabelledTexts>& test,
                                   const TextVectors& encoder, const ClassTaskOptions& options,
                                   ThreadPool& pool);

/// The table "clustering": v-measure, homogeneity, completeness and adjusted Rand index of k-means
/// with as many clusters as there are classes, and of density clusters, against the classes.
eval::Report clustering_report(const LabelledTexts& texts, const TextVectors& encoder,
                               const ClassTaskOptions& options, ThreadPool& pool);

}  // namespace kindred::tasks
