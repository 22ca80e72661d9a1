#include "train/distillation.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "train/graded_scores.h"

namespace kindred::train {
namespace {

/// An anchor's graded pairs.
using Candidates = std::map<std::uint32_t, std::vector<recipe::GradedPair>>;

/// Of anchors with two candidates at least.
Candidates candidates_of(const LossInput& input) {
  Candidates candidates;
  for (const recipe::GradedPair& pair : input.batch.graded) candidates[pair.anchor].push_back(pair);
  std::erase_if(candidates, [](const auto& entry) { return entry.second.size() < 2; });
  if (candidates.empty())
    fail(ErrorKind::bad_input,
         "batch '{}': no anchor has two passages with a teacher's score; of one alone nothing can "
         "be learnt. Score the positive and some negatives of each anchor",
         input.batch.task);
  return candidates;
}

at::Tensor kl(const LossInput& input, const ScoreDistillationOptions& options,
              const Candidates& candidates) {
  std::vector<recipe::GradedPair> pairs;
  std::size_t rows = 0, widest = 0;
  for (const auto& [anchor, own] : candidates) {
    if (anchor < input.begin || anchor >= input.end) continue;
    ++rows;
    widest = std::max(widest, own.size());
  }
  std::vector<std::int64_t> places(rows * widest, -1);  // pair of each cell; −1: none
  std::size_t row = 0;
  for (const auto& [anchor, own] : candidates) {
    if (anchor < input.begin || anchor >= input.end) continue;
    for (std::size_t k = 0; k < own.size(); ++k) {
      places[row * widest + k] = static_cast<std::int64_t>(pairs.size());
      pairs.push_back(own[k]);
    }
    ++row;
  }
  const at::Tensor ours = options.cosine ? cosines(input, pairs) : inner_products(input, pairs);
  if (rows == 0) return ours.sum();

  std::vector<double> teacher;
  for (const recipe::GradedPair& pair : pairs) teacher.push_back(pair.score);
  teacher.push_back(-std::numeric_limits<double>::infinity());
  for (std::int64_t& place : places)
    if (place < 0) place = static_cast<std::int64_t>(pairs.size());
  const at::Tensor index = index_tensor(places, ours);
  const auto table = [&](const at::Tensor& values) {
    return values.index_select(0, index).view({static_cast<long>(rows), static_cast<long>(widest)});
  };
  const at::Tensor none = table(number_tensor(teacher, ours)).isinf();
  const at::Tensor there =
      table(number_tensor(teacher, ours)).div(options.teacher_temperature).log_softmax(1);
  const at::Tensor padded =
      at::cat({ours, ours.detach().new_full({1}, -std::numeric_limits<double>::infinity())});
  const at::Tensor here = table(padded).div(options.temperature).log_softmax(1);
  return there.exp()
      .mul(there.masked_fill(none, 0.0).sub(here.masked_fill(none, 0.0)))
      .sum()
      .mul(options.temperature * options.temperature)
      .div(static_cast<double>(candidates.size()));
}

/// The place of the candidate that is to be ahead.
std::size_t leader(const recipe::Batch& batch, std::uint32_t anchor,
                   const std::vector<recipe::GradedPair>& own) {
  if (!batch.positives.empty())
    for (const std::uint32_t positive : batch.positives[anchor])
      for (std::size_t k = 0; k < own.size(); ++k)
        if (own[k].passage == positive) return k;
  const auto best = std::max_element(
      own.begin(), own.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
  return static_cast<std::size_t>(best - own.begin());
}

at::Tensor margin_mse(const LossInput& input, const ScoreDistillationOptions& options,
                      const Candidates& candidates) {
  std::vector<recipe::GradedPair> ahead, others;
  std::vector<double> margins;
  std::size_t total = 0;
  for (const auto& [anchor, own] : candidates) {
    total += own.size() - 1;
    if (anchor < input.begin || anchor >= input.end) continue;
    const std::size_t first = leader(input.batch, anchor, own);
    for (std::size_t k = 0; k < own.size(); ++k) {
      if (k == first) continue;
      ahead.push_back(own[first]);
      others.push_back(own[k]);
      margins.push_back(own[first].score - own[k].score);
    }
  }
  const auto scores = [&](const std::vector<recipe::GradedPair>& pairs) {
    return (options.cosine ? cosines(input, pairs) : inner_products(input, pairs))
        .mul(options.scale);
  };
  const at::Tensor margin = scores(ahead).sub(scores(others));
  return margin.sub(number_tensor(margins, margin)).square().sum().div(static_cast<double>(total));
}

}  // namespace

at::Tensor VectorDistillation::operator()(const LossInput& input) const {
  check(input);
  if (!input.other.teacher.anchors.defined() && !input.other.teacher.passages.defined())
    fail(ErrorKind::bad_input,
         "batch '{}': distillation needs a teacher's vectors of its texts; name a teacher model",
         input.batch.task);
  std::vector<std::int64_t> rows, columns;
  for (std::size_t i = input.begin; i < input.end; ++i) rows.push_back(static_cast<long>(i));
  const std::vector<std::uint32_t> owners = passage_owners(input.batch);
  for (std::size_t j = 0; j < owners.size(); ++j)
    if (owners[j] >= input.begin && owners[j] < input.end) columns.push_back(static_cast<long>(j));

  double total = 0.0;
  at::Tensor sum = computable(input.anchors).detach().new_zeros({});
  const auto add = [&](const at::Tensor& ours, const at::Tensor& teacher,
                       const std::vector<std::int64_t>& own, const char* what) {
    if (!teacher.defined()) return;
    if (teacher.sizes() != ours.sizes())
      fail(ErrorKind::bad_input,
           "distillation: the teacher has {} × {} numbers for the {}, the model {} × {}; give the "
           "model a projection to as many dimensions, or reduce the teacher's",
           teacher.size(0), teacher.dim() == 2 ? teacher.size(1) : 0, what, ours.size(0),
           ours.size(1));
    const bool cosine = options_.target == VectorTarget::cosine;
    const auto part = [&](const at::Tensor& vectors) {
      const at::Tensor chosen = vectors.index_select(0, index_tensor(own, vectors));
      return cosine ? normalized(chosen) : computable(chosen);
    };
    const at::Tensor x = part(ours);
    const at::Tensor y = part(teacher.detach()).to(x.device(), x.scalar_type());
    sum = sum.add(cosine ? x.mul(y).sum({1}).neg().add(1.0).sum() : x.sub(y).square().sum());
    total += static_cast<double>(ours.size(0)) * (cosine ? 1.0 : static_cast<double>(ours.size(1)));
  };
  add(input.anchors, input.other.teacher.anchors, rows, "anchors");
  if (!input.batch.passages.empty())
    add(input.passages, input.other.teacher.passages, columns, "passages");
  return sum.div(std::max(total, 1.0));
}

void validate(const ScoreDistillationOptions& options) {
  for (const auto& [value, what] : {std::pair(options.temperature, "temperature"),
                                    std::pair(options.teacher_temperature, "teacher_temperature"),
                                    std::pair(options.scale, "scale")})
    if (!(value > 0.0) || !std::isfinite(value))
      fail(ErrorKind::bad_input, "score distillation: {} is {}, no positive number", what, value);
}

ScoreDistillation::ScoreDistillation(const ScoreDistillationOptions& options) : options_(options) {
  validate(options);
}

at::Tensor ScoreDistillation::operator()(const LossInput& input) const {
  check(input);
  const Candidates candidates = candidates_of(input);
  return options_.target == ScoreTarget::kl ? kl(input, options_, candidates)
                                            : margin_mse(input, options_, candidates);
}

}  // namespace kindred::train
