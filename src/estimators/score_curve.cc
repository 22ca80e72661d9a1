#include "estimators/score_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kindred::estimators {
namespace {

constexpr int kNewtonSteps = 100;
constexpr double kGradientEnd = 1e-10;  // a pair
constexpr double kRidge = 1e-12;        // added to the Hessian's diagonal
constexpr double kShortestStep = 1e-10;
constexpr double kSufficientDecrease = 1e-4;

void check(const LabelledScores& pairs) {
  const std::size_t n = pairs.scores.size();
  if (n == 0 || pairs.relevant.size() != n || (!pairs.weights.empty() && pairs.weights.size() != n))
    fail(ErrorKind::bad_input, "{} scores, {} labels and {} weights: one of each a pair is needed",
         n, pairs.relevant.size(), pairs.weights.size());
  for (std::size_t i = 0; i < n; ++i)
    if (!std::isfinite(pairs.scores[i]))
      fail(ErrorKind::bad_input, "the score of pair {} is not a finite number", i);
  double sum = 0.0;
  for (std::size_t i = 0; i < pairs.weights.size(); ++i) {
    if (!std::isfinite(pairs.weights[i]) || pairs.weights[i] < 0.0)
      fail(ErrorKind::bad_input, "the weight of pair {} is not a number from 0 up", i);
    sum += pairs.weights[i];
  }
  if (!pairs.weights.empty() && !(sum > 0.0))
    fail(ErrorKind::bad_input, "all weights are 0: nothing is left to fit to");
}

double weight_of(const LabelledScores& pairs, std::size_t i) {
  return pairs.weights.empty() ? 1.0 : pairs.weights[i];
}

double logistic(double z) noexcept {
  // Each branch has an exponent that cannot overflow.
  if (z >= 0.0) return 1.0 / (1.0 + std::exp(-z));
  const double e = std::exp(z);
  return e / (1.0 + e);
}

// Cross entropy of target t at the logit z: log(1 + exp(z)) - t z.
double cross_entropy(double z, double t) noexcept {
  return (z >= 0.0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z))) - t * z;
}

// Scores of mean 0 and deviation 1, and what undoes it.
struct Standardised {
  std::vector<double> x;
  double mean = 0.0;
  double deviation = 1.0;
};

Standardised standardise(const LabelledScores& pairs) {
  Standardised s;
  double total = 0.0;
  for (std::size_t i = 0; i < pairs.scores.size(); ++i) {
    s.mean += weight_of(pairs, i) * pairs.scores[i];
    total += weight_of(pairs, i);
  }
  s.mean /= total;
  double squares = 0.0;
  for (std::size_t i = 0; i < pairs.scores.size(); ++i)
    squares += weight_of(pairs, i) * (pairs.scores[i] - s.mean) * (pairs.scores[i] - s.mean);
  // Scores that are equal but for rounding have no slope to find.
  const double deviation = std::sqrt(squares / total);
  const bool constant = !(deviation > 1e-12 * std::max(1.0, std::abs(s.mean)));
  s.deviation = constant ? 1.0 : deviation;
  s.x.reserve(pairs.scores.size());
  for (const double score : pairs.scores)
    s.x.push_back(constant ? 0.0 : (score - s.mean) / s.deviation);
  return s;
}

struct PlattProblem {
  const std::vector<double>& x;
  const LabelledScores& pairs;
  double target[2];

  double loss(double a, double b) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum +=
          weight_of(pairs, i) * cross_entropy(a * x[i] + b, target[pairs.relevant[i] != 0 ? 1 : 0]);
    return sum;
  }
};

}  // namespace

std::string_view to_string(CurveMethod method) noexcept {
  return method == CurveMethod::platt ? "platt" : "isotonic";
}

CurveMethod parse_curve_method(std::string_view name) {
  if (name == "platt") return CurveMethod::platt;
  if (name == "isotonic") return CurveMethod::isotonic;
  fail(ErrorKind::bad_input, "calibration method '{}' is not one of platt, isotonic", name);
}

double ScoreCurve::probability(double score) const noexcept {
  if (std::isnan(score)) return score;
  double p = 0.0;
  if (method == CurveMethod::platt) {
    p = logistic(slope * score + intercept);
  } else {
    const auto above = std::upper_bound(scores.begin(), scores.end(), score);
    if (above == scores.begin()) {
      p = probabilities.front();
    } else if (above == scores.end()) {
      p = probabilities.back();
    } else {
      const std::size_t i = static_cast<std::size_t>(above - scores.begin());
      const double share = (score - scores[i - 1]) / (scores[i] - scores[i - 1]);
      p = probabilities[i - 1] + share * (probabilities[i] - probabilities[i - 1]);
    }
  }
  return std::clamp(p, least, most);
}

ScoreCurve fit_platt(const LabelledScores& pairs) {
  check(pairs);
  const Standardised s = standardise(pairs);
  double sum[2] = {0.0, 0.0};
  for (std::size_t i = 0; i < s.x.size(); ++i)
    sum[pairs.relevant[i] != 0 ? 1 : 0] += weight_of(pairs, i);
  const PlattProblem problem{s.x, pairs, {1.0 / (sum[0] + 2.0), (sum[1] + 1.0) / (sum[1] + 2.0)}};

  double a = 0.0;
  double b = std::log((sum[1] + 1.0) / (sum[0] + 1.0));
  double loss = problem.loss(a, b);
  for (int step = 0; step < kNewtonSteps; ++step) {
    double h11 = kRidge, h22 = kRidge, h21 = 0.0, g1 = 0.0, g2 = 0.0;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      const double w = weight_of(pairs, i);
      const double p = logistic(a * s.x[i] + b);
      const double curvature = w * p * (1.0 - p);
      const double slope = w * (p - problem.target[pairs.relevant[i] != 0 ? 1 : 0]);
      h11 += s.x[i] * s.x[i] * curvature;
      h22 += curvature;
      h21 += s.x[i] * curvature;
      g1 += s.x[i] * slope;
      g2 += slope;
    }
    const double end = kGradientEnd * (sum[0] + sum[1]);
    if (std::abs(g1) < end && std::abs(g2) < end) break;
    const double determinant = h11 * h22 - h21 * h21;
    const double da = -(h22 * g1 - h21 * g2) / determinant;
    const double db = -(-h21 * g1 + h11 * g2) / determinant;
    const double directional = g1 * da + g2 * db;
    double length = 1.0;
    for (; length >= kShortestStep; length /= 2.0) {
      const double next = problem.loss(a + length * da, b + length * db);
      if (next >= loss + kSufficientDecrease * length * directional) continue;
      a += length * da;
      b += length * db;
      loss = next;
      break;
    }
    if (length < kShortestStep) break;  // rounding allows no further decrease
  }
  ScoreCurve curve;
  curve.method = CurveMethod::platt;
  curve.slope = a / s.deviation;
  curve.intercept = b - a * s.mean / s.deviation;
  return curve;
}

ScoreCurve fit_isotonic(const LabelledScores& pairs) {
  check(pairs);
  std::vector<std::uint32_t> order(pairs.scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return pairs.scores[a] < pairs.scores[b]; });
  struct Block {
    double first;  // score
    double last;
    double sum;
    double weight;
    double mean() const { return sum / weight; }
  };
  std::vector<Block> blocks;
  const auto pool = [&] {
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      const Block top = blocks.back();
      blocks.pop_back();
      blocks.back().last = top.last;
      blocks.back().sum += top.sum;
      blocks.back().weight += top.weight;
    }
  };
  for (std::size_t i = 0; i < order.size();) {
    Block block{pairs.scores[order[i]], pairs.scores[order[i]], 0.0, 0.0};
    for (; i < order.size() && pairs.scores[order[i]] == block.first; ++i) {
      const double w = weight_of(pairs, order[i]);
      block.sum += pairs.relevant[order[i]] != 0 ? w : 0.0;
      block.weight += w;
    }
    if (!(block.weight > 0.0)) continue;
    blocks.push_back(block);
    pool();
  }
  ScoreCurve curve;
  curve.method = CurveMethod::isotonic;
  for (const Block& block : blocks) {
    curve.scores.push_back(block.first);
    curve.probabilities.push_back(block.mean());
    if (block.last == block.first) continue;
    curve.scores.push_back(block.last);
    curve.probabilities.push_back(block.mean());
  }
  return curve;
}

}  // namespace kindred::estimators
