#include "estimators/linear_classifier.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/error.h"
#include "io/finite.h"
#include "kernels/distance.h"

namespace kindred::estimators {
namespace {

// Fixed, so that sums do not depend on the threads.
constexpr std::size_t kParts = 16;
constexpr std::size_t kMemory = 10;  // pairs that L-BFGS keeps
constexpr double kArmijo = 1e-4;
constexpr double kShortestStep = 1e-10;

using Vector = std::vector<double>;

double inner(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Vector& x) {
  double most = 0.0;
  for (const double value : x) most = std::max(most, std::abs(value));
  return most;
}

// The loss and its gradient, over all weights and then all biases. `outputs` is the classes, or 1
// for two.
class Objective {
 public:
  Objective(const LabelledVectors& data, const LinearOptions& options,
            const std::vector<std::size_t>& counts, ThreadPool& pool)
      : data_(data), pool_(pool), outputs_(data.classes == 2 ? 1 : data.classes) {
    const auto n = static_cast<double>(data.rows());
    for (const std::size_t count : counts)
      class_weight_.push_back(
          options.balanced ? n / (static_cast<double>(data.classes) * static_cast<double>(count))
                           : 1.0);
    for (std::size_t k = 0; k < counts.size(); ++k)
      total_ += class_weight_[k] * static_cast<double>(counts[k]);
    penalty_ = 1.0 / (options.c * total_);
    parts_.resize(kParts);
  }

  std::size_t size() const { return outputs_ * (data_.dimensions + 1); }
  std::size_t outputs() const { return outputs_; }

  // Of the mean cross entropy and penalty/2 |W|².
  double operator()(const Vector& at, Vector& gradient) {
    const std::size_t weights = outputs_ * data_.dimensions;
    narrow_.assign(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(weights));
    pool_.run(kParts, [&](std::size_t part, int) { run_part(part, at); });
    gradient.assign(size(), 0.0);
    double loss = 0.0;
    for (const Part& part : parts_) {
      loss += part.loss;
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += part.gradient[i];
    }
    loss /= total_;
    for (double& value : gradient) value /= total_;
    for (std::size_t i = 0; i < weights; ++i) {
      loss += 0.5 * penalty_ * at[i] * at[i];
      gradient[i] += penalty_ * at[i];
    }
    return loss;
  }

 private:
  struct Part {
    double loss = 0.0;
    Vector gradient;
    Vector logits;
  };

  void run_part(std::size_t number, const Vector& at) {
    Part& part = parts_[number];
    part.loss = 0.0;
    part.gradient.assign(size(), 0.0);
    part.logits.resize(outputs_);
    const std::size_t d = data_.dimensions;
    const double* const biases = at.data() + outputs_ * d;
    const std::size_t begin = number * data_.rows() / kParts;
    const std::size_t end = (number + 1) * data_.rows() / kParts;
    for (std::size_t row = begin; row < end; ++row) {
      const float* const x = data_.values.data() + row * d;
      for (std::size_t k = 0; k < outputs_; ++k)
        part.logits[k] =
            biases[k] + static_cast<double>(kernels::dot(x, narrow_.data() + k * d, d));
      const double weight = class_weight_[data_.labels[row]];
      part.loss += weight * to_residuals(part.logits, data_.labels[row]);
      for (std::size_t k = 0; k < outputs_; ++k) {
        const double residual = weight * part.logits[k];
        double* const g = part.gradient.data() + k * d;
        for (std::size_t i = 0; i < d; ++i) g[i] += residual * static_cast<double>(x[i]);
        part.gradient[outputs_ * d + k] += residual;
      }
    }
  }

  // Logits become probabilities less the truth; the cross entropy.
  double to_residuals(Vector& z, std::uint32_t label) const {
    if (outputs_ == 1) {
      const double signed_z = label == 1 ? z[0] : -z[0];
      const double loss = signed_z > 0.0 ? std::log1p(std::exp(-signed_z))
                                         : std::log1p(std::exp(signed_z)) - signed_z;
      const double p = 1.0 / (1.0 + std::exp(-z[0]));
      z[0] = p - (label == 1 ? 1.0 : 0.0);
      return loss;
    }
    const double most = *std::max_element(z.begin(), z.end());
    const double own = z[label];
    double sum = 0.0;
    for (const double value : z) sum += std::exp(value - most);
    for (double& value : z) value = std::exp(value - most) / sum;
    z[label] -= 1.0;
    return most + std::log(sum) - own;
  }

  const LabelledVectors& data_;
  ThreadPool& pool_;
  std::size_t outputs_;
  Vector class_weight_;
  double total_ = 0.0;
  double penalty_ = 0.0;
  std::vector<float> narrow_;
  std::vector<Part> parts_;
};

// The last steps and the gradient's changes along them.
class Memory {
 public:
  void add(Vector step, Vector change) {
    const double curvature = inner(step, change);
    if (!(curvature > 1e-10 * inner(change, change))) return;
    if (pairs_.size() == kMemory) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), 1.0 / curvature});
  }
  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  // Minus the approximate inverse Hessian times the gradient: the two-loop recursion.
  Vector direction(const Vector& gradient) const {
    Vector q = gradient;
    std::vector<double> alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].rho * inner(pairs_[i].step, q);
      add_scaled(q, -alpha[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1.0 / (last.rho * inner(last.change, last.change));
      for (double& value : q) value *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * inner(pairs_[i].change, q);
      add_scaled(q, alpha[i] - beta, pairs_[i].step);
    }
    for (double& value : q) value = -value;
    return q;
  }

  static void add_scaled(Vector& to, double factor, const Vector& x) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * x[i];
  }

 private:
  struct Pair {
    Vector step, change;
    double rho;
  };
  std::deque<Pair> pairs_;
};

Vector minimise(Objective& objective, const LinearOptions& options) {
  Vector at(objective.size(), 0.0);
  Vector gradient;
  double loss = objective(at, gradient);
  Memory memory;
  for (std::size_t i = 0; i < options.iterations && largest(gradient) > options.tolerance; ++i) {
    if (options.on_iteration) options.on_iteration();
    Vector direction = memory.direction(gradient);
    double slope = inner(direction, gradient);
    if (!(slope < 0.0)) {  // rounding: start anew, downhill
      memory.clear();
      direction = memory.direction(gradient);
      slope = inner(direction, gradient);
    }
    double length = memory.empty() ? 1.0 / std::max(1.0, largest(gradient)) : 1.0;
    Vector next, next_gradient;
    double next_loss = 0.0;
    for (; length >= kShortestStep; length /= 2.0) {
      next = at;
      Memory::add_scaled(next, length, direction);
      next_loss = objective(next, next_gradient);
      if (next_loss <= loss + kArmijo * length * slope) break;
    }
    if (length < kShortestStep) {
      if (memory.empty()) break;  // floats allow no further decrease
      memory.clear();
      continue;
    }
    Vector change = next_gradient;
    Memory::add_scaled(change, -1.0, gradient);
    Vector step = next;
    Memory::add_scaled(step, -1.0, at);
    memory.add(std::move(step), std::move(change));
    at = std::move(next);
    gradient = std::move(next_gradient);
    loss = next_loss;
  }
  return at;
}

}  // namespace

std::vector<std::size_t> LabelledVectors::checked_counts() const {
  if (classes < 2)
    fail(ErrorKind::bad_input, "{} class{}: a classifier needs two at least", classes,
         classes == 1 ? "" : "es");
  if (dimensions == 0 || values.size() != rows() * dimensions)
    fail(ErrorKind::bad_input, "{} values are not {} rows of {} dimensions", values.size(), rows(),
         dimensions);
  const std::size_t at = io::first_not_finite(values.data(), values.size());
  if (at != values.size())
    fail(ErrorKind::bad_input, "the vector of row {} has NaN or infinity in it", at / dimensions);
  std::vector<std::size_t> counts(classes);
  for (const std::uint32_t label : labels) {
    if (label >= classes) fail(ErrorKind::bad_input, "label {} of {} classes", label, classes);
    ++counts[label];
  }
  for (std::size_t k = 0; k < classes; ++k)
    if (counts[k] == 0) fail(ErrorKind::bad_input, "class {} has no example to learn from", k);
  return counts;
}

void softmax(std::span<double> z) {
  const double most = *std::max_element(z.begin(), z.end());
  double sum = 0.0;
  for (double& value : z) {
    value = std::exp(value - most);
    sum += value;
  }
  for (double& value : z) value /= sum;
}

std::vector<double> LinearClassifier::probabilities(std::span<const float> values,
                                                    ThreadPool& pool) const {
  const std::size_t rows = values.size() / dimensions;
  std::vector<double> out(rows * classes);
  constexpr std::size_t kRowsAPart = 64;
  pool.run((rows + kRowsAPart - 1) / kRowsAPart, [&](std::size_t part, int) {
    const std::size_t end = std::min(rows, (part + 1) * kRowsAPart);
    for (std::size_t row = part * kRowsAPart; row < end; ++row) {
      const float* const x = values.data() + row * dimensions;
      const std::span<double> z(out.data() + row * classes, classes);
      for (std::size_t k = 0; k < classes; ++k)
        z[k] = static_cast<double>(biases[k]) +
               static_cast<double>(kernels::dot(x, weights.data() + k * dimensions, dimensions));
      softmax(z);
    }
  });
  return out;
}

LinearClassifier fit_linear(const LabelledVectors& data, const LinearOptions& options,
                            ThreadPool& pool) {
  if (!(options.c > 0.0) || !std::isfinite(options.c))
    fail(ErrorKind::bad_input, "C is {}: it must be above 0", options.c);
  const std::vector<std::size_t> counts = data.checked_counts();
  Objective objective(data, options, counts, pool);
  const Vector solution = minimise(objective, options);
  LinearClassifier out;
  out.classes = data.classes;
  out.dimensions = data.dimensions;
  const std::size_t d = data.dimensions;
  if (objective.outputs() == 1) {
    // Half the logit each way: the softmax of both is the logistic function of the logit.
    for (const double sign : {-0.5, 0.5})
      for (std::size_t i = 0; i < d; ++i)
        out.weights.push_back(static_cast<float>(sign * solution[i]));
    out.biases = {static_cast<float>(-0.5 * solution[d]), static_cast<float>(0.5 * solution[d])};
    return out;
  }
  const auto weights = static_cast<std::ptrdiff_t>(data.classes * d);
  out.weights.assign(solution.begin(), solution.begin() + weights);
  out.biases.assign(solution.begin() + weights, solution.end());
  return out;
}

}  // namespace kindred::estimators
