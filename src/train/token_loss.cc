#include "train/token_loss.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "torch/differentiable.h"
#include "train/loss.h"

namespace kindred::train {
namespace {

/// Places with a target, and the tensors they read; inputs of the operator are not kept in it.
struct Places {
  at::Tensor rows;     // R: places in `hidden`
  at::Tensor targets;  // R
  TokenTile tile;
};

/// The tile of output vectors [begin, begin + count) in the type of the hidden states.
at::Tensor columns(const std::vector<at::Tensor>& in, std::int64_t begin, std::int64_t count) {
  return in[1].narrow(0, begin, count).to(in[0].scalar_type());
}

/// Calls `visit(first column, output vectors, logits)` for every tile of some rows.
template <typename Visit>
void walk(const std::vector<at::Tensor>& in, const at::Tensor& hidden, std::int64_t tile,
          const Visit& visit) {
  const std::int64_t vocabulary = in[1].size(0);
  for (std::int64_t first = 0; first < vocabulary; first += tile) {
    const std::int64_t count = std::min(tile, vocabulary - first);
    const at::Tensor output = columns(in, first, count);
    at::Tensor logits = computable(hidden.matmul(output.t()));
    if (in.size() == 3) logits.add_(in[2].narrow(0, first, count));
    visit(first, output, logits);
  }
}

template <typename Visit>
void walk_rows(const Places& places, const Visit& visit) {
  const std::int64_t rows = places.rows.size(0);
  for (std::int64_t begin = 0; begin < rows; begin += places.tile.rows) {
    const std::int64_t count = std::min(places.tile.rows, rows - begin);
    visit(begin, places.rows.narrow(0, begin, count), places.targets.narrow(0, begin, count));
  }
}

/// The logits of the targets: R × 1.
at::Tensor target_logits(const std::vector<at::Tensor>& in, const at::Tensor& hidden,
                         const at::Tensor& targets) {
  const at::Tensor output = in[1].index_select(0, targets).to(in[0].scalar_type());
  at::Tensor logits = computable(hidden).mul(computable(output)).sum({1}, true);
  if (in.size() == 3) logits.add_(in[2].index_select(0, targets).unsqueeze(1));
  return logits;
}

/// The logarithms of the denominators (R × 1) and the sum of the losses.
std::pair<at::Tensor, at::Tensor> forward(const std::vector<at::Tensor>& in, const Places& places) {
  const at::Tensor like = computable(in[0].new_zeros({}));
  const at::Tensor denominators = like.new_empty({places.rows.size(0), 1});
  const at::Tensor loss = like.new_zeros({});
  walk_rows(places, [&](std::int64_t begin, const at::Tensor& rows, const at::Tensor& targets) {
    const at::Tensor hidden = in[0].index_select(0, rows);
    at::Tensor largest = like.new_full({rows.size(0), 1}, -std::numeric_limits<double>::infinity());
    const at::Tensor sum = like.new_zeros({rows.size(0), 1});
    walk(in, hidden, places.tile.columns,
         [&](std::int64_t, const at::Tensor&, const at::Tensor& logits) {
           const at::Tensor now = logits.amax({1}, true).maximum(largest);
           sum.mul_(largest.sub(now).exp_()).add_(logits.sub_(now).exp_().sum({1}, true));
           largest = now;
         });
    const at::Tensor denominator = denominators.narrow(0, begin, rows.size(0));
    denominator.copy_(sum.log().add_(largest));
    loss.add_(denominator.sub(target_logits(in, hidden, targets)).sum());
  });
  return {denominators, loss};
}

/// `into` += a · b; `into` may be of a wider type.
void add_product(const at::Tensor& into, const at::Tensor& a, const at::Tensor& b) {
  if (into.scalar_type() == a.scalar_type())
    into.addmm_(a, b);
  else
    into.add_(a.matmul(b));
}

std::vector<at::Tensor> backward(const std::vector<at::Tensor>& in, const Places& places,
                                 const at::Tensor& denominators, const at::Tensor& factor) {
  const auto zeros = [](const at::Tensor& x) {
    return x.new_zeros(x.sizes(), x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
  };
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& x : in) gradients.push_back(zeros(x));
  walk_rows(places, [&](std::int64_t begin, const at::Tensor& rows, const at::Tensor& targets) {
    const at::Tensor hidden = in[0].index_select(0, rows);
    const at::Tensor denominator = denominators.narrow(0, begin, rows.size(0));
    const at::Tensor of_hidden =
        computable(in[1].index_select(0, targets).to(in[0].scalar_type())).neg();
    walk(in, hidden, places.tile.columns,
         [&](std::int64_t first, const at::Tensor& output, const at::Tensor& logits) {
           const at::Tensor softmax = logits.sub_(denominator).exp_();
           const at::Tensor weights = softmax.to(in[0].scalar_type());
           add_product(of_hidden, weights, output);
           add_product(gradients[1].narrow(0, first, output.size(0)), weights.t(), hidden);
           if (in.size() == 3) gradients[2].narrow(0, first, output.size(0)).add_(softmax.sum(0));
         });
    gradients[0].index_copy_(0, rows, of_hidden);
    gradients[1].index_add_(0, targets, hidden.to(gradients[1].scalar_type()), -1);
    if (in.size() == 3)
      gradients[2].index_add_(0, targets, gradients[2].new_full({targets.size(0)}, -1.0));
  });
  for (at::Tensor& gradient : gradients) gradient.mul_(factor);
  return gradients;
}

Places places_of(const at::Tensor& hidden, std::int64_t vocabulary,
                 std::span<const std::int64_t> targets, const TokenTile& tile) {
  std::vector<std::int64_t> rows, ids;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (targets[t] == kNoTarget) continue;
    if (targets[t] < 0 || targets[t] >= vocabulary)
      fail(ErrorKind::bad_input,
           "token loss: token {} is id {}, but the output matrix has {} rows; the tokenizer is "
           "that of another model",
           t, targets[t], vocabulary);
    rows.push_back(static_cast<std::int64_t>(t));
    ids.push_back(targets[t]);
  }
  return {index_tensor(rows, hidden), index_tensor(ids, hidden), tile};
}

}  // namespace

at::Tensor token_cross_entropy(const at::Tensor& hidden, const at::Tensor& output,
                               const at::Tensor& bias, std::span<const std::int64_t> targets,
                               double divisor, const TokenTile& tile) {
  if (hidden.dim() != 2 || output.dim() != 2 || hidden.size(1) != output.size(1) ||
      hidden.size(0) != static_cast<std::int64_t>(targets.size()))
    fail(ErrorKind::bad_input,
         "token loss: hidden states and output matrix do not fit together, or not one target a "
         "token ({} targets)",
         targets.size());
  if (bias.defined() && (bias.dim() != 1 || bias.size(0) != output.size(0)))
    fail(ErrorKind::bad_input, "token loss: the bias has not one number for each of {} tokens",
         output.size(0));
  if (!(divisor > 0.0) || tile.rows < 1 || tile.columns < 1)
    fail(ErrorKind::bad_input, "token loss: a divisor of {} and tiles of {} × {}", divisor,
         tile.rows, tile.columns);
  const Places places = places_of(hidden, output.size(0), targets, tile);
  std::vector<at::Tensor> inputs{hidden, output};
  if (bias.defined()) inputs.push_back(bias);
  return torch::differentiable(std::move(inputs), [&](const std::vector<at::Tensor>& in) {
    const auto [denominators, sum] = forward(in, places);
    std::vector<at::Tensor> kept;  // of their own, so that the graph holds no circle
    for (const at::Tensor& x : in) kept.push_back(x.detach());
    return torch::Computed{
        {sum.div(divisor)},
        [kept, places, denominators, divisor](const std::vector<at::Tensor>& gradients) {
          return backward(kept, places, denominators, gradients[0].div(divisor));
        }};
  })[0];
}

}  // namespace kindred::train
