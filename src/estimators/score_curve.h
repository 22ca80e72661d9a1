// From a score to the probability of relevance: logistic and isotonic curves. Tested by
// score_curve_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kindred::estimators {

enum class CurveMethod : std::uint8_t { platt, isotonic };

std::string_view to_string(CurveMethod method) noexcept;
/// "platt", "isotonic". Errors: bad_input, listing them.
CurveMethod parse_curve_method(std::string_view name);

/// Pairs by their columns; `weights` may be empty (1 each).
struct LabelledScores {
  std::span<const double> scores;
  std::span<const std::uint8_t> relevant;  ///< 0 or 1
  std::span<const double> weights = {};
};

/// A curve that never falls.
///
/// Threads: immutable once made; const methods may run concurrently.
struct ScoreCurve {
  CurveMethod method = CurveMethod::platt;
  /// Platt: 1 / (1 + exp(-(slope · score + intercept))).
  double slope = 0.0;
  double intercept = 0.0;
  /// Isotonic: linear between these, constant outside of them; scores ascend, probabilities never
  /// fall.
  std::vector<double> scores = {};
  std::vector<double> probabilities = {};
  /// No result is outside of these.
  double least = 0.0;
  double most = 1.0;

  /// NaN of NaN.
  double probability(double score) const noexcept;
};

/// Platt, "Probabilistic Outputs for Support Vector Machines" (1999), with his smoothed targets, by
/// the Newton method of Lin, Lin and Weng, "A Note on Platt's Probabilistic Outputs" (2007), on
/// scores brought to mean 0 and deviation 1 first (those of one model may lie in .7 to 1). Equal to
/// scikit-learn's sigmoid calibration. The slope may be negative. Errors: bad_input for unequal
/// lengths, no pairs, and scores or weights that are not finite.
ScoreCurve fit_platt(const LabelledScores& pairs);

/// Pool adjacent violators; pairs of one score count as one of their mean, as in scikit-learn's
/// IsotonicRegression(out_of_bounds="clip"). Errors: as fit_platt.
ScoreCurve fit_isotonic(const LabelledScores& pairs);

}  // namespace kindred::estimators
