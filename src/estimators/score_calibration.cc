#include "estimators/score_calibration.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "estimators/binomial.h"

namespace kindred::estimators {
namespace {

using Curves = std::map<std::string, ScoreCurve, std::less<>>;
using Indices = std::vector<std::uint32_t>;

struct Columns {
  std::vector<double> scores;
  std::vector<std::uint8_t> relevant;
  std::size_t positive = 0;

  void add(const ScoredPair& pair) {
    scores.push_back(pair.score);
    relevant.push_back(pair.relevant ? 1 : 0);
    positive += pair.relevant ? 1 : 0;
  }
};

ScoreCurve fit_curve(CurveMethod method, const Columns& c) {
  const LabelledScores pairs{c.scores, c.relevant};
  ScoreCurve curve = method == CurveMethod::platt ? fit_platt(pairs) : fit_isotonic(pairs);
  if (method == CurveMethod::platt && curve.slope < 0.0) {
    const auto n = static_cast<double>(c.scores.size());
    const double share = (static_cast<double>(c.positive) + 1.0) / (n + 2.0);
    curve.slope = 0.0;
    curve.intercept = std::log(share / (1.0 - share));
  }
  curve.least = 1.0 / (static_cast<double>(c.scores.size()) + 2.0);
  curve.most = 1.0 - curve.least;
  return curve;
}

// A curve for all, and one for each language that has enough.
Curves fit_curves(std::span<const ScoredPair> pairs, const Indices& of, CurveMethod method,
                  const std::set<std::string, std::less<>>& own) {
  std::map<std::string, Columns> columns;
  for (const std::uint32_t i : of) {
    columns[""].add(pairs[i]);
    if (!pairs[i].language.empty() && own.contains(pairs[i].language))
      columns[pairs[i].language].add(pairs[i]);
  }
  Curves curves;
  for (const auto& [language, c] : columns)
    // In a fold a language may have lost one of its labels.
    if (language.empty() || (c.positive > 0 && c.positive < c.scores.size()))
      curves.emplace(language, fit_curve(method, c));
  return curves;
}

double probability_of(const Curves& curves, double score, std::string_view language) {
  auto it = curves.find(language);
  if (it == curves.end()) it = curves.find("");
  return it->second.probability(score);
}

// The fold of each pair: groups shuffled and dealt.
std::vector<std::uint32_t> deal(std::span<const ScoredPair> pairs, std::size_t folds,
                                std::uint64_t seed) {
  std::map<std::uint32_t, std::uint32_t> fold_of;
  for (const ScoredPair& pair : pairs) fold_of.emplace(pair.group, 0U);
  if (fold_of.size() < 2)
    fail(ErrorKind::bad_input,
         "all pairs are of one query, so that none can be held out to measure by; give pairs of "
         "more queries");
  std::vector<std::uint32_t> groups;
  for (const auto& [group, fold] : fold_of) groups.push_back(group);
  Random(seed).shuffle(std::span(groups));
  const std::size_t count = std::min(folds, groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i)
    fold_of[groups[i]] = static_cast<std::uint32_t>(i % count);
  std::vector<std::uint32_t> out;
  for (const ScoredPair& pair : pairs) out.push_back(fold_of[pair.group]);
  return out;
}

std::vector<Indices> parts_of(const std::vector<std::uint32_t>& folds, bool inside) {
  const std::size_t count = *std::max_element(folds.begin(), folds.end()) + std::size_t{1};
  std::vector<Indices> parts(count);
  for (std::size_t f = 0; f < count; ++f)
    for (std::size_t i = 0; i < folds.size(); ++i)
      if ((folds[i] == f) == inside) parts[f].push_back(static_cast<std::uint32_t>(i));
  return parts;
}

// Of every pair, by curves of the other folds.
std::vector<double> held_out_probabilities(std::span<const ScoredPair> pairs,
                                           const std::vector<std::uint32_t>& folds,
                                           CurveMethod method,
                                           const std::set<std::string, std::less<>>& own) {
  const std::vector<Indices> others = parts_of(folds, /*inside=*/false);
  std::vector<Curves> curves;
  for (const Indices& part : others) curves.push_back(fit_curves(pairs, part, method, own));
  std::vector<double> p;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    p.push_back(probability_of(curves[folds[i]], pairs[i].score, pairs[i].language));
  return p;
}

// The lowest score with the precision among the pairs of `of`.
std::optional<double> lowest_with(std::span<const ScoredPair> pairs, Indices of, double wanted) {
  std::sort(of.begin(), of.end(),
            [&](std::uint32_t a, std::uint32_t b) { return pairs[a].score > pairs[b].score; });
  std::optional<double> cut;
  std::size_t relevant = 0;
  for (std::size_t i = 0; i < of.size(); ++i) {
    relevant += pairs[of[i]].relevant ? 1 : 0;
    if (i + 1 < of.size() && pairs[of[i + 1]].score == pairs[of[i]].score) continue;
    if (static_cast<double>(relevant) >= wanted * static_cast<double>(i + 1))
      cut = pairs[of[i]].score;
  }
  return cut;
}

PrecisionCutoff cutoff(std::span<const ScoredPair> pairs, const Indices& of,
                       const std::vector<std::uint32_t>& folds, double wanted, double confidence) {
  PrecisionCutoff c;
  c.wanted = wanted;
  c.score = lowest_with(pairs, of, wanted);
  const std::size_t count = *std::max_element(folds.begin(), folds.end()) + std::size_t{1};
  std::size_t kept = 0;
  std::size_t all = 0;
  for (std::size_t f = 0; f < count; ++f) {
    Indices others;
    for (const std::uint32_t i : of)
      if (folds[i] != f) others.push_back(i);
    const std::optional<double> cut = lowest_with(pairs, std::move(others), wanted);
    for (const std::uint32_t i : of) {
      if (folds[i] != f) continue;
      all += pairs[i].relevant ? 1 : 0;
      if (!cut || pairs[i].score < *cut) continue;
      ++c.pairs;
      kept += pairs[i].relevant ? 1 : 0;
    }
  }
  if (c.pairs > 0) c.precision = static_cast<double>(kept) / static_cast<double>(c.pairs);
  c.lower_bound = binomial_lower_bound(kept, c.pairs, confidence);
  if (all > 0) c.recall = static_cast<double>(kept) / static_cast<double>(all);
  return c;
}

CalibrationFigures::Of measure(std::span<const ScoredPair> pairs, const Indices& of,
                               const std::function<double(std::uint32_t)>& probability,
                               const BootstrapOptions& options) {
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  std::vector<std::uint32_t> groups;
  for (const std::uint32_t i : of) {
    p.push_back(probability(i));
    truth.push_back(pairs[i].relevant ? 1 : 0);
    groups.push_back(pairs[i].group);
  }
  return {log_loss(p, truth), brier_score(p, truth),
          calibration_error_interval(p, truth, groups, Binning::equal_width, options),
          calibration_error_interval(p, truth, groups, Binning::equal_mass, options)};
}

std::map<std::string, Indices> by_language(std::span<const ScoredPair> pairs) {
  std::map<std::string, Indices> of;
  for (std::uint32_t i = 0; i < pairs.size(); ++i) {
    of[""].push_back(i);
    if (!pairs[i].language.empty()) of[pairs[i].language].push_back(i);
  }
  return of;
}

std::size_t relevant_of(std::span<const ScoredPair> pairs, const Indices& of) {
  return static_cast<std::size_t>(
      std::count_if(of.begin(), of.end(), [&](std::uint32_t i) { return pairs[i].relevant; }));
}

void check_pairs(std::span<const ScoredPair> pairs, const CalibrationOptions& options) {
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (!std::isfinite(pairs[i].score))
      fail(ErrorKind::bad_input,
           "pair {} has no finite score; the model's weights are damaged, or the score column "
           "holds something else",
           i);
  const auto relevant = static_cast<std::size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const ScoredPair& p) { return p.relevant; }));
  if (relevant == 0 || relevant == pairs.size())
    fail(ErrorKind::bad_input,
         "{} pairs, {} of them relevant: a calibration needs both kinds; give pairs that are not "
         "relevant too (label 0), or only positives, for which others are found",
         pairs.size(), relevant);
  if (options.folds < 2)
    fail(ErrorKind::bad_input, "{} folds: at least 2 are needed to hold any out", options.folds);
  for (const double wanted : options.precisions)
    if (!(wanted > 0.0 && wanted <= 1.0))
      fail(ErrorKind::bad_input, "precision {}: it must be above 0 and at most 1", wanted);
}

}  // namespace

std::optional<double> ScoreCalibration::probability(double score, std::string_view language) const {
  if (curves.empty()) return std::nullopt;
  return probability_of(curves, score, language);
}

ScoreCalibration fit_calibration(std::span<const ScoredPair> pairs,
                                 const CalibrationOptions& options) {
  check_pairs(pairs, options);
  const std::vector<std::uint32_t> folds = deal(pairs, options.folds, options.bootstrap.seed);
  const std::map<std::string, Indices> slices = by_language(pairs);
  std::set<std::string, std::less<>> own;
  for (const auto& [language, of] : slices) {
    const std::size_t relevant = relevant_of(pairs, of);
    if (!language.empty() && of.size() >= options.least_pairs &&
        std::min(relevant, of.size() - relevant) >= options.least_each)
      own.insert(language);
  }

  std::vector<std::uint8_t> truth;
  for (const ScoredPair& pair : pairs) truth.push_back(pair.relevant ? 1 : 0);
  ScoreCalibration out;
  std::vector<double> held_out;
  std::optional<double> best;
  for (const CurveMethod method : {CurveMethod::platt, CurveMethod::isotonic}) {
    if (options.method && *options.method != method) continue;
    std::vector<double> p = held_out_probabilities(pairs, folds, method, own);
    const double loss = log_loss(p, truth);
    if (best && loss >= *best) continue;
    best = loss;
    out.method = method;
    held_out = std::move(p);
  }
  out.curves = fit_curves(pairs, slices.at(""), out.method, own);

  for (const auto& [language, of] : slices) {
    CalibrationFigures f;
    f.language = language;
    f.pairs = of.size();
    f.relevant = relevant_of(pairs, of);
    const auto cut = [](double p) { return std::clamp(p, 0.0, 1.0); };
    f.score = measure(
        pairs, of, [&](std::uint32_t i) { return cut(pairs[i].score); }, options.bootstrap);
    f.shifted = measure(
        pairs, of, [&](std::uint32_t i) { return cut((1.0 + pairs[i].score) / 2.0); },
        options.bootstrap);
    f.fitted = measure(
        pairs, of, [&](std::uint32_t i) { return held_out[i]; }, options.bootstrap);
    out.figures.push_back(std::move(f));
    for (const double wanted : options.precisions) {
      out.cutoffs.push_back(cutoff(pairs, of, folds, wanted, options.confidence));
      out.cutoffs.back().language = language;
    }
  }
  return out;
}

std::vector<std::string> doubts_of(const ScoreCalibration& calibration,
                                   std::span<const ScoredPair> pairs) {
  std::vector<std::string> all;
  if (pairs.empty() || !calibration.has_probabilities()) return all;
  const auto [low, high] = std::minmax_element(
      pairs.begin(), pairs.end(),
      [](const ScoredPair& a, const ScoredPair& b) { return a.score < b.score; });
  if (low->score == high->score) {
    all.push_back(fmt::format(
        "all {} pairs have the same score {:.4f}: every score gets the same probability; are the "
        "texts of the right columns?",
        pairs.size(), low->score));
    return all;
  }
  for (const auto& [language, curve] : calibration.curves) {
    const bool flat = curve.method == CurveMethod::platt
                          ? !(curve.slope > 0.0)
                          : curve.probabilities.front() == curve.probabilities.back();
    if (flat)
      all.push_back(
          fmt::format("{}: higher scores are not more relevant, the curve is flat; are the labels "
                      "the wrong way round, or is the model of no use here?",
                      language.empty() ? "all pairs" : language));
  }
  constexpr std::size_t kFewPairs = 200;
  if (pairs.size() < kFewPairs)
    all.push_back(fmt::format("{} pairs are few: cut-offs and intervals are rough; {} are a start",
                              pairs.size(), kFewPairs));
  return all;
}

std::size_t random_pairs_needed(double rate, double confidence) {
  return static_cast<std::size_t>(std::ceil(std::log1p(-confidence) / std::log1p(-rate)));
}

std::vector<RandomCutoff> random_cutoffs(std::span<const ScoredPair> pairs,
                                         std::span<const double> rates, double confidence) {
  for (const double rate : rates)
    if (!(rate > 0.0 && rate < 1.0))
      fail(ErrorKind::bad_input, "false-match rate {}: it must be between 0 and 1", rate);
  std::vector<RandomCutoff> out;
  for (const auto& [language, of] : by_language(pairs)) {
    std::vector<double> scores;
    for (const std::uint32_t i : of) scores.push_back(pairs[i].score);
    std::sort(scores.begin(), scores.end(), std::greater<>());
    for (const double rate : rates) {
      RandomCutoff c{language, rate, std::nullopt, scores.size(),
                     random_pairs_needed(rate, confidence)};
      // With j scores above the cut-off: were more than `rate` above it in truth, so few would be
      // drawn with probability P(X <= j) at most.
      std::size_t j = 0;
      while (j < scores.size() && binomial_cdf(j, scores.size(), rate) <= 1.0 - confidence) ++j;
      if (j > 0) c.score = scores[j - 1];
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace kindred::estimators
