#include "train/triplet.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "torch/differentiable.h"

namespace kindred::train {
namespace {

constexpr double kFarthest = 2.0;  // of unit vectors, by either metric

/// Some triplets, and how many the whole batch has.
struct Triplets {
  std::vector<std::int64_t> anchors, positives, negatives;
  std::size_t total = 0;

  void add(std::int64_t anchor, std::int64_t positive, std::int64_t negative) {
    anchors.push_back(anchor);
    positives.push_back(positive);
    negatives.push_back(negative);
  }
};

/// What selections look at.
struct Candidates {
  const Relation& relation;
  at::Tensor anchors;
  at::Tensor passages;
  Metric metric;
};

std::vector<std::int64_t> values_of(const at::Tensor& indices) {
  const at::Tensor here = indices.to(at::kCPU).contiguous();
  const auto* values = here.const_data_ptr<std::int64_t>();
  return {values, values + here.numel()};
}

Triplets own_negatives(const LossInput& input, const Relation& relation) {
  Triplets triplets;
  Columns lists;
  for (std::size_t i = 0; i < input.batch.negatives.size(); ++i) {
    lists.clear();
    relation.passages_of_anchor(static_cast<std::uint32_t>(i), lists);
    const auto [first, last] = relation.terms_of(i, i + 1);
    for (const std::uint32_t negative : input.batch.negatives[i]) {
      if (std::ranges::any_of(lists, [&](const auto& list) {
            return std::binary_search(list.begin(), list.end(), negative);
          }))
        continue;
      triplets.total += last - first;
      if (i < input.begin || i >= input.end) continue;
      for (std::size_t t = first; t < last; ++t)
        triplets.add(static_cast<std::int64_t>(i), relation.terms()[t].positive, negative);
    }
  }
  return triplets;
}

std::vector<Term> own_terms(const LossInput& input, const Relation& relation) {
  const auto [first, last] = relation.terms_of(input.begin, input.end);
  return {relation.terms().begin() + static_cast<std::ptrdiff_t>(first),
          relation.terms().begin() + static_cast<std::ptrdiff_t>(last)};
}

at::Tensor term_distances(const Candidates& candidates, const std::vector<Term>& terms) {
  std::vector<std::int64_t> anchors, positives;
  for (const Term& term : terms) {
    anchors.push_back(term.anchor);
    positives.push_back(term.positive);
  }
  return distances(
      candidates.anchors.index_select(0, index_tensor(anchors, candidates.anchors)),
      candidates.passages.index_select(0, index_tensor(positives, candidates.passages)),
      candidates.metric);
}

/// Each anchor's farthest positive.
std::vector<Term> farthest_positives(const Candidates& candidates, const std::vector<Term>& terms) {
  const at::Tensor far = term_distances(candidates, terms).to(at::kCPU, at::kDouble).contiguous();
  const double* distance = far.const_data_ptr<double>();
  std::vector<Term> farthest;
  std::size_t best = 0;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    if (t == 0 || terms[t].anchor != terms[t - 1].anchor) {
      farthest.push_back(terms[t]);
      best = t;
    } else if (distance[t] > distance[best]) {
      farthest.back() = terms[t];
      best = t;
    }
  }
  return farthest;
}

std::vector<std::int64_t> anchors_of(const std::vector<Term>& terms) {
  std::vector<std::int64_t> rows;
  for (const Term& term : terms) rows.push_back(term.anchor);
  return rows;
}

/// One negative for each term that has any: the nearest, or the nearest beyond the positive.
Triplets select(const Candidates& candidates, const std::vector<Term>& terms, bool semi_hard) {
  Triplets triplets;
  if (terms.empty()) return triplets;
  const at::Tensor positive = term_distances(candidates, terms).unsqueeze(1);
  walk_negatives(
      candidates.anchors, candidates.passages, candidates.metric, candidates.relation,
      anchors_of(terms), [&](std::size_t first, const at::Tensor& matrix) {
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        const at::Tensor beyond = positive.narrow(0, static_cast<long>(first), matrix.size(0));
        auto [nearest, index] =
            (semi_hard ? matrix.masked_fill(matrix.le(beyond), kInfinity) : matrix).min(1);
        if (semi_hard) {
          const auto [farthest, last] = matrix.masked_fill(matrix.isinf(), -kInfinity).max(1);
          index = index.where(nearest.isfinite(), last);
          nearest = nearest.where(nearest.isfinite(), farthest);
        }
        const std::vector<std::int64_t> found =
            values_of(index.masked_fill(nearest.isinf(), -1));  // −1: no negative at all
        for (std::size_t r = 0; r < found.size(); ++r)
          if (found[r] >= 0)
            triplets.add(terms[first + r].anchor, terms[first + r].positive, found[r]);
      });
  return triplets;
}

at::Tensor loss_of(const Candidates& candidates, const Triplets& triplets, double margin) {
  const auto rows = [](const at::Tensor& vectors, const std::vector<std::int64_t>& index) {
    return vectors.index_select(0, index_tensor(index, vectors));
  };
  const at::Tensor anchors = rows(candidates.anchors, triplets.anchors);
  const at::Tensor near =
      distances(anchors, rows(candidates.passages, triplets.positives), candidates.metric);
  const at::Tensor far =
      distances(anchors, rows(candidates.passages, triplets.negatives), candidates.metric);
  return near.sub(far).add(margin).clamp_min(0.0).sum().div(static_cast<double>(triplets.total));
}

/// Calls `visit` with what every triplet of some terms lacks, at most 0 where it is no triplet.
void walk_all(const Candidates& candidates, const std::vector<Term>& terms, double margin,
              const std::function<void(const at::Tensor& lacks)>& visit) {
  walk_negatives(candidates.anchors, candidates.passages, candidates.metric, candidates.relation,
                 anchors_of(terms), [&](std::size_t first, const at::Tensor& matrix) {
                   const auto begin = terms.begin() + static_cast<std::ptrdiff_t>(first);
                   const at::Tensor near =
                       term_distances(candidates, {begin, begin + matrix.size(0)}).unsqueeze(1);
                   visit(near.sub(matrix).add(margin).clamp_min(0.0));
                 });
}

/// The mean over all triplets that are not beyond the margin yet. Each tile's graph is walked back
/// at once: the gradients are ready when the value is.
at::Tensor all_triplets(const Candidates& candidates, const std::vector<Term>& own, double margin) {
  return torch::differentiable(
      {candidates.anchors, candidates.passages}, [&](const std::vector<at::Tensor>& in) {
        std::int64_t active = 0;
        const auto count = [&](const at::Tensor& lacks) {
          active += lacks.count_nonzero().item<std::int64_t>();
        };
        walk_all({candidates.relation, in[0].detach(), in[1].detach(), candidates.metric},
                 candidates.relation.terms(), margin, count);
        const double divisor = static_cast<double>(std::max<std::int64_t>(active, 1));

        std::vector<at::Tensor> leaves;
        for (const at::Tensor& x : in) leaves.push_back(x.detach().requires_grad_(true));
        const at::Tensor sum = in[0].detach().new_zeros({});
        const at::AutoGradMode with_graph(true);
        walk_all({candidates.relation, leaves[0], leaves[1], candidates.metric}, own, margin,
                 [&](const at::Tensor& lacks) {
                   const at::Tensor part = lacks.sum().div(divisor);
                   part.backward();
                   sum.add_(part.detach());
                 });
        std::vector<at::Tensor> gradients;
        for (const at::Tensor& leaf : leaves)
          gradients.push_back(leaf.grad().defined() ? leaf.grad() : sum.new_zeros(leaf.sizes()));
        return torch::Computed{{sum}, [gradients](const std::vector<at::Tensor>& upstream) {
                                 return std::vector<at::Tensor>{gradients[0].mul(upstream[0]),
                                                                gradients[1].mul(upstream[0])};
                               }};
      })[0];
}

}  // namespace

void validate(const TripletOptions& options) {
  if (!(options.margin > 0.0) || !std::isfinite(options.margin))
    fail(ErrorKind::bad_input,
         "triplet: a margin of {} is no positive number; 0.1 to 0.3 are usual", options.margin);
  const bool bounded = options.metric == Metric::cosine || options.normalize;
  if (bounded && options.margin >= kFarthest)
    fail(
        ErrorKind::bad_input,
        "triplet: a margin of {} can never close: {} distances of unit vectors are at most 2; take "
        "0.1 to 0.3, or, for Euclidean distances of vectors as they come, normalize = false",
        options.margin, to_string(options.metric));
}

Triplet::Triplet(const TripletOptions& options) : options_(options) {
  validate(options);
}

at::Tensor Triplet::operator()(const LossInput& input) const {
  check(input);
  const Relation relation(input.batch);
  const bool unit = options_.metric == Metric::cosine || options_.normalize;
  const auto vectors = [&](const at::Tensor& x) { return unit ? normalized(x) : computable(x); };
  const Candidates candidates{relation, vectors(input.anchors), vectors(relation.passages(input)),
                              options_.metric};
  const std::vector<Term> own = own_terms(input, relation);
  if (options_.selection == TripletSelection::all)
    return all_triplets(candidates, own, options_.margin);

  Triplets triplets;
  if (options_.selection == TripletSelection::own) {
    triplets = own_negatives(input, relation);
  } else {
    const at::NoGradGuard no_graph;
    const bool hard = options_.selection == TripletSelection::hard;
    triplets = select(candidates, hard ? farthest_positives(candidates, own) : own, !hard);
    for (std::size_t t = 0; t < relation.terms().size(); ++t)
      if (!hard || t == 0 || relation.terms()[t].anchor != relation.terms()[t - 1].anchor)
        ++triplets.total;
  }
  if (triplets.total == 0)
    fail(ErrorKind::bad_input, "batch '{}': no triplets; {}", input.batch.task,
         options_.selection == TripletSelection::own
             ? "no anchor has a chosen negative beside a positive: mine negatives, or select "
               "semi_hard, hard or all, which take those of the batch"
             : "no anchor has a positive");
  return loss_of(candidates, triplets, options_.margin);
}

}  // namespace kindred::train
