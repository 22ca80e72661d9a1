// A model's scores as probabilities of relevance, with cut-offs for a wanted precision. Tested by
// score_calibration_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/probability_metrics.h"
#include "estimators/score_curve.h"

namespace kindred::estimators {

/// A score that was judged.
struct ScoredPair {
  double score = 0.0;
  bool relevant = false;
  std::uint32_t group = 0;  ///< the query: its pairs are never on both sides of a split
  std::string language = {};
};

struct CalibrationOptions {
  std::optional<CurveMethod> method;  ///< unset: that of the lower cross-validated log loss
  std::size_t folds = 5;
  std::size_t least_pairs = 200;  ///< of a language with a curve of its own
  std::size_t least_each = 20;    ///< relevant ones of it, and others
  std::vector<double> precisions = {0.9, 0.95, 0.99};
  double confidence = 0.95;  ///< of the precision's lower bound
  BootstrapOptions bootstrap = {};
};

/// Measured on pairs that the curve in use had not seen.
struct CalibrationFigures {
  std::string language;  ///< empty: all
  std::size_t pairs = 0;
  std::size_t relevant = 0;
  struct Of {
    double log_loss = 0.0;
    double brier = 0.0;
    Estimate equal_width;  ///< expected calibration error
    Estimate equal_mass;
  };
  Of score;    ///< the score itself as a probability, cut to [0, 1]
  Of shifted;  ///< (1 + score) / 2, as for cosines
  Of fitted;
};

/// The lowest score from which on the pairs have a precision.
struct PrecisionCutoff {
  std::string language;  ///< empty: all
  double wanted = 0.0;
  std::optional<double> score;  ///< unset: no score reaches it
  /// What cut-offs found in the same way have on folds that they were not found on.
  std::optional<double> precision;  ///< unset: no pair of theirs was above
  double lower_bound = 0.0;         ///< of the precision (Clopper-Pearson, pairs as independent)
  double recall = 0.0;              ///< the share of the relevant pairs that is kept
  std::size_t pairs = 0;            ///< above
};

/// A cut-off without labels: of two items drawn at random, at most `rate` score above it.
struct RandomCutoff {
  std::string language;  ///< empty: all
  double rate = 0.0;
  std::optional<double> score;  ///< unset: too few pairs to say so with the confidence
  std::size_t pairs = 0;        ///< drawn
  std::size_t needed = 0;       ///< pairs, at least
};

/// What a calibration file holds: one JSON object, "kindred_score_calibration" is its version.
/// Curves for the scores of one vector space. For whatever has scores: call `probability`.
///
/// Threads: immutable once made; const methods may run concurrently.
struct ScoreCalibration {
  std::string vector_space;  ///< Encoder::vector_space of the model whose scores these are
  std::string model;         ///< its path, for people
  std::string prompts;       ///< how both sides were embedded, for people
  CurveMethod method = CurveMethod::platt;
  /// By language; "" is for all others. Empty: made without labels, there are no probabilities.
  std::map<std::string, ScoreCurve, std::less<>> curves;
  std::vector<CalibrationFigures> figures;
  std::vector<PrecisionCutoff> cutoffs;
  std::vector<RandomCutoff> random_cutoffs;

  bool has_probabilities() const noexcept { return !curves.empty(); }
  /// Of a language without a curve of its own, the common one's. Unset without curves.
  std::optional<double> probability(double score, std::string_view language = {}) const;

  /// Errors: bad_input where it is for another vector space, naming both.
  void check_vector_space(const std::string& vector_space, const std::string& origin) const;

  std::string to_json() const;
  /// Errors: corrupt (not finite, falling, of unequal sizes), unsupported for a newer version;
  /// `origin` is where the text came from.
  static ScoreCalibration from_json(std::string_view json, const std::string& origin);
  /// Errors: not_found; those of from_json.
  static ScoreCalibration load(const std::string& path);
  void save(const std::string& path) const;  ///< whole or not at all
};

/// Curves, figures and cut-offs. Figures and precisions come of `folds` splits by group, each
/// measured with what the others gave; the curves are then fitted to all. A curve that falls is
/// made flat: higher scores are not less relevant. Its results stay 1 / (pairs + 2) off 0 and 1:
/// so many pairs cannot show more. Errors: bad_input for scores that are not finite, pairs of one
/// label alone, fewer than two groups.
ScoreCalibration fit_calibration(std::span<const ScoredPair> pairs,
                                 const CalibrationOptions& options = {});

/// What makes a calibration doubtful, a sentence each.
std::vector<std::string> doubts_of(const ScoreCalibration& calibration,
                                   std::span<const ScoredPair> pairs);

/// How many random pairs a rate needs: the highest score of fewer could be above it.
std::size_t random_pairs_needed(double rate, double confidence = 0.95);

/// Of scores of items paired at random: for each rate the lowest order statistic that the share
/// above is at most `rate` for with `confidence` (the distribution-free bound of a quantile), for
/// all and by language.
std::vector<RandomCutoff> random_cutoffs(std::span<const ScoredPair> pairs,
                                         std::span<const double> rates, double confidence = 0.95);

}  // namespace kindred::estimators
