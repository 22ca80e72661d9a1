// Linear maps of vectors that are fitted without labels: centring, principal components, whitening.
// Tested by projection_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/moments.h"

namespace kindred::estimators {

enum class ProjectionMethod {
  center,           ///< x - µ
  pca,              ///< the first principal components of x - µ
  whiten,           ///< those, each divided by its standard deviation
  all_but_the_top,  ///< x - µ without its part in the first components
};

/// "center", "pca", "whiten" or "all-but-the-top". Errors: bad_input, listing them.
ProjectionMethod parse_projection_method(std::string_view name);
std::string_view to_string(ProjectionMethod method) noexcept;

struct ProjectionOptions {
  ProjectionMethod method = ProjectionMethod::whiten;
  /// Kept by pca and whiten; 0: as many as the vectors span.
  std::size_t dimensions = 0;
  /// Components that all_but_the_top takes away; 0: a hundredth of the dimensions, one at least.
  std::size_t removed = 0;
  /// More `dimensions` than the vectors span become as many as they span, instead of an error.
  bool at_most = false;
};

/// y = W x + b.
struct Projection {
  std::size_t in = 0;
  std::size_t out = 0;
  std::vector<float> weight;  ///< out × in, row-major
  std::vector<float> bias;    ///< out; -W µ
  double explained = 1.0;     ///< the share of the variance that is kept
  std::size_t rank = 0;       ///< dimensions that the vectors span; `in` where it was not needed

  /// n rows of `in` values to n of `out`, in float32.
  void apply(const float* rows, std::size_t n, float* out_rows, ThreadPool& pool) const;
};

/// Directions of a variance below this share of the largest hold rounding alone: dividing by it
/// would blow that up.
inline constexpr double kLeastVariance = 1e-10;

/// Fits the map to the vectors that `moments` has seen.
///
/// whiten is BERT-whitening (Su et al., 2021): W = Λ^(-1/2) Uᵀ of the covariance U Λ Uᵀ
/// (numpy.cov, divided by n - 1), which makes the vectors' covariance the identity. all_but_the_top
/// is of Mu and Viswanath (2018). pca is sklearn.decomposition.PCA.
///
/// Errors: bad_input without two vectors; for more `dimensions` than the vectors span (n vectors
/// span n - 1 at most), saying how many that is; for `removed` that leaves nothing.
Projection fit_projection(const Moments& moments, const ProjectionOptions& options,
                          ThreadPool& pool);

}  // namespace kindred::estimators
