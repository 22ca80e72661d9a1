#include "train/graded_losses.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/softplus.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "train/graded_scores.h"

namespace kindred::train {
namespace {

void check_graded(const LossInput& input, const char* loss) {
  check(input);
  if (input.batch.graded.empty())
    fail(ErrorKind::bad_input, "batch '{}': {} needs pairs with scores, and there are none",
         input.batch.task, loss);
}

bool owns(const LossInput& input, const recipe::GradedPair& pair) {
  return pair.anchor >= input.begin && pair.anchor < input.end;
}

/// A scalar with the value `value` and the gradient of `carrier`.
at::Tensor with_value(const at::Tensor& carrier, const at::Tensor& value) {
  return carrier.add(value.sub(carrier).detach());
}

/// For each pair with a higher one: itself, and the first higher one in the order of scores.
struct Order {
  std::vector<recipe::GradedPair> pairs;  // ascending
  std::vector<std::int64_t> low, higher;
  std::vector<std::int64_t> own;  // among `low`, by position
};

Order order_of(const LossInput& input) {
  Order order{input.batch.graded, {}, {}, {}};
  const auto by_score = [](const auto& a, const auto& b) { return a.score < b.score; };
  std::stable_sort(order.pairs.begin(), order.pairs.end(), by_score);
  for (std::size_t i = 0; i < order.pairs.size(); ++i) {
    const auto higher =
        std::upper_bound(order.pairs.begin(), order.pairs.end(), order.pairs[i], by_score);
    if (higher == order.pairs.end()) break;
    if (owns(input, order.pairs[i])) order.own.push_back(static_cast<std::int64_t>(i));
    order.low.push_back(static_cast<std::int64_t>(i));
    order.higher.push_back(higher - order.pairs.begin());
  }
  return order;
}

/// Two pairs of one anchor with neighbouring grades, as indices into the graded pairs.
struct Comparisons {
  std::vector<std::int64_t> better, worse;
  std::size_t total = 0;  // of the whole batch
};

Comparisons neighbouring_grades(const LossInput& input) {
  const auto& graded = input.batch.graded;
  std::vector<std::size_t> order(graded.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(graded[a].anchor, -graded[a].score) <
           std::pair(graded[b].anchor, -graded[b].score);
  });
  const auto grade_end = [&](std::size_t at) {
    std::size_t end = at;
    while (end < order.size() && graded[order[end]].anchor == graded[order[at]].anchor &&
           graded[order[end]].score == graded[order[at]].score)
      ++end;
    return end;
  };
  Comparisons found;
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t middle = grade_end(begin);
    if (middle == order.size()) break;
    if (graded[order[middle]].anchor == graded[order[begin]].anchor) {
      const std::size_t end = grade_end(middle);
      found.total += (middle - begin) * (end - middle);
      for (std::size_t p = begin; p < middle && owns(input, graded[order[p]]); ++p)
        for (std::size_t q = middle; q < end; ++q) {
          found.better.push_back(static_cast<std::int64_t>(order[p]));
          found.worse.push_back(static_cast<std::int64_t>(order[q]));
        }
    }
    begin = middle;
  }
  return found;
}

}  // namespace

void validate(const CosentOptions& options) {
  if (!(options.scale > 0.0) || !std::isfinite(options.scale))
    fail(ErrorKind::bad_input, "cosent: a scale of {} is no positive number; 20 is usual",
         options.scale);
}

Cosent::Cosent(const CosentOptions& options) : options_(options) {
  validate(options);
}

at::Tensor Cosent::operator()(const LossInput& input) const {
  check_graded(input, "cosent");
  const Order order = order_of(input);
  const at::Tensor scores = cosines(input, order.pairs).mul(options_.scale);
  if (order.low.empty()) return scores.sum().mul(0.0);
  // log Σ e^−s over a pair and all above it, from the highest down.
  const at::Tensor above = scores.neg().flip({0}).logcumsumexp(0).flip({0});
  const at::Tensor terms = scores.index_select(0, index_tensor(order.low, scores))
                               .add(above.index_select(0, index_tensor(order.higher, scores)));
  const at::Tensor loss = at::cat({terms.detach().new_zeros({1}), terms.detach()}).logsumexp({0});
  // No sum of terms: the gradient is shared as the softmax has it, the value by their number.
  const at::Tensor own = index_tensor(order.own, scores);
  const at::Tensor weights = terms.detach().sub(loss).exp();
  const at::Tensor carrier = terms.mul(weights).index_select(0, own).sum();
  return with_value(carrier, loss.mul(static_cast<double>(order.own.size()) /
                                      static_cast<double>(order.low.size())));
}

at::Tensor CosineRegression::operator()(const LossInput& input) const {
  check_graded(input, "cosine");
  std::vector<recipe::GradedPair> own;
  std::vector<double> targets;
  for (const recipe::GradedPair& pair : input.batch.graded) {
    if (std::abs(pair.score) > 1.0)
      fail(ErrorKind::bad_input,
           "batch '{}': a score of {} is no cosine; scale scores to −1 … 1, or use cosent, which "
           "takes any scale",
           input.batch.task, pair.score);
    if (!owns(input, pair)) continue;
    own.push_back(pair);
    targets.push_back(pair.score);
  }
  const at::Tensor scores = cosines(input, own);
  return scores.sub(number_tensor(targets, scores))
      .square()
      .sum()
      .div(static_cast<double>(input.batch.graded.size()));
}

void validate(const OrderedOptions& options) {
  for (const auto& [value, what] :
       {std::pair(options.scale, "scale"), std::pair(options.strength, "strength")})
    if (!(value > 0.0) || !std::isfinite(value))
      fail(ErrorKind::bad_input, "ordered: {} is {}, no positive number", what, value);
}

Ordered::Ordered(const OrderedOptions& options) : options_(options) {
  validate(options);
}

at::Tensor Ordered::operator()(const LossInput& input) const {
  check_graded(input, "ordered");
  const Comparisons found = neighbouring_grades(input);
  const at::Tensor odds =
      cosines(input, input.batch.graded).mul(options_.scale * options_.strength);
  const at::Tensor lead = odds.index_select(0, index_tensor(found.better, odds))
                              .sub(odds.index_select(0, index_tensor(found.worse, odds)));
  return at::softplus(lead.neg())
      .sum()
      .div(static_cast<double>(std::max<std::size_t>(found.total, 1)));
}

}  // namespace kindred::train
