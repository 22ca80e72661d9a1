#include "train/coles.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "train/distance.h"

namespace kindred::train {
namespace {

struct Pairs {
  std::vector<std::int64_t> anchors, passages;
  std::size_t total = 0;  // of the whole batch
};

at::Tensor pair_distances(const at::Tensor& anchors, const at::Tensor& passages,
                          const Pairs& pairs) {
  return distances(anchors.index_select(0, index_tensor(pairs.anchors, anchors)),
                   passages.index_select(0, index_tensor(pairs.passages, passages)),
                   Metric::euclidean);
}

Pairs matching(const LossInput& input, const Relation& relation) {
  Pairs pairs;
  for (const Term& term : relation.terms()) {
    if (relation.labelled() && term.anchor > term.positive) continue;  // once is enough
    ++pairs.total;
    if (term.anchor < input.begin || term.anchor >= input.end) continue;
    pairs.anchors.push_back(term.anchor);
    pairs.passages.push_back(term.positive);
  }
  return pairs;
}

/// How many texts could be negatives of an anchor.
std::size_t negatives_of(const Relation& relation, std::size_t anchor, std::size_t passages) {
  Columns lists;
  relation.passages_of_anchor(static_cast<std::uint32_t>(anchor), lists);
  std::set<std::uint32_t> excluded;
  for (const auto& list : lists) excluded.insert(list.begin(), list.end());
  return passages - excluded.size();
}

Pairs nearest_others(const LossInput& input, const Relation& relation, const at::Tensor& anchors,
                     const at::Tensor& passages, std::size_t most) {
  const at::NoGradGuard no_graph;
  Pairs pairs;
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < input.batch.anchors.size(); ++i) {
    pairs.total +=
        std::min(most, negatives_of(relation, i, static_cast<std::size_t>(passages.size(0))));
    if (i >= input.begin && i < input.end) rows.push_back(static_cast<std::int64_t>(i));
  }
  const long k = std::min<long>(static_cast<long>(most), passages.size(0));
  walk_negatives(anchors, passages, Metric::euclidean, relation, rows,
                 [&](std::size_t first, const at::Tensor& matrix) {
                   const auto [nearest, found] = matrix.topk(k, 1, false);
                   const at::Tensor index =
                       found.masked_fill(nearest.isinf(), -1).to(at::kCPU).contiguous();
                   const auto* values = index.const_data_ptr<std::int64_t>();
                   for (long at = 0; at < index.numel(); ++at)
                     if (values[at] >= 0) {
                       pairs.anchors.push_back(rows[first + static_cast<std::size_t>(at / k)]);
                       pairs.passages.push_back(values[at]);
                     }
                 });
  return pairs;
}

}  // namespace

void validate(const ColesOptions& options) {
  if (!(options.margin > 0.0) || !(options.margin < 2.0))
    fail(ErrorKind::bad_input,
         "coles: a margin of {}; distances of unit vectors are 0 to 2, and 0.5 is usual",
         options.margin);
  if (options.negatives < 1)
    fail(ErrorKind::bad_input, "coles: {} negatives; without any all vectors become one",
         options.negatives);
}

Coles::Coles(const ColesOptions& options) : options_(options) {
  validate(options);
}

at::Tensor Coles::operator()(const LossInput& input) const {
  check(input);
  const Relation relation(input.batch);
  const at::Tensor anchors = normalized(input.anchors);
  const at::Tensor passages = relation.labelled() ? anchors : normalized(input.passages);
  const Pairs near = matching(input, relation);
  const Pairs far = nearest_others(input, relation, anchors, passages,
                                   static_cast<std::size_t>(options_.negatives));
  if (near.total == 0 || far.total == 0)
    fail(ErrorKind::bad_input, "batch '{}': coles needs two slices of a history, and two histories",
         input.batch.task);
  const at::Tensor together = pair_distances(anchors, passages, near).square().sum();
  const at::Tensor apart = pair_distances(anchors, passages, far)
                               .neg()
                               .add(options_.margin)
                               .clamp_min(0.0)
                               .square()
                               .sum();
  return together.add(apart).div(static_cast<double>(near.total + far.total));
}

}  // namespace kindred::train
