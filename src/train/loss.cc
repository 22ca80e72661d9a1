#include "train/loss.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "torch/differentiable.h"

namespace kindred::train {
namespace {

constexpr double kShortest = 1e-12;

void check_lists(const std::vector<std::vector<std::uint32_t>>& lists, std::size_t anchors,
                 std::size_t passages, const char* what) {
  if (!lists.empty() && lists.size() != anchors)
    fail(ErrorKind::bad_input, "batch: {} lists of {} for {} anchors; give one an anchor, or none",
         lists.size(), what, anchors);
  for (std::size_t i = 0; i < lists.size(); ++i)
    for (const std::uint32_t passage : lists[i])
      if (passage >= passages)
        fail(ErrorKind::bad_input, "batch: anchor {} names passage {} among its {}, but it has {}",
             i, passage, what, passages);
}

void check_rows(const at::Tensor& vectors, std::size_t rows, const char* what) {
  if (!vectors.defined() || vectors.dim() != 2 || vectors.size(0) != static_cast<long>(rows))
    fail(ErrorKind::bad_input,
         "batch: the vectors of the {} are no matrix of {} rows, one for each text", what, rows);
}

}  // namespace

void check(const LossInput& input) {
  const recipe::Batch& batch = input.batch;
  const std::size_t n = batch.anchors.size();
  check_rows(input.anchors, n, "anchors");
  if (!batch.passages.empty()) {
    check_rows(input.passages, batch.passages.size(), "passages");
    if (input.passages.size(1) != input.anchors.size(1))
      fail(ErrorKind::bad_input, "batch: anchors have {} dimensions and passages {}",
           input.anchors.size(1), input.passages.size(1));
  }
  if (input.begin > input.end || input.end > n)
    fail(ErrorKind::bad_input, "batch: no rows {} to {} among {} anchors", input.begin, input.end,
         n);
  check_lists(batch.positives, n, batch.passages.size(), "positives");
  check_lists(batch.negatives, n, batch.passages.size(), "negatives");
  for (const recipe::GradedPair& pair : batch.graded)
    if (pair.anchor >= n || pair.passage >= batch.passages.size())
      fail(ErrorKind::bad_input,
           "batch: a graded pair names anchor {} of {} and passage {} of {}; such texts are not "
           "there",
           pair.anchor, n, pair.passage, batch.passages.size());
    else if (!std::isfinite(pair.score))
      fail(ErrorKind::bad_input, "batch '{}': the score of anchor {} and passage {} is no number",
           batch.task, pair.anchor, pair.passage);
  if (!batch.labels.empty() && batch.labels.size() != n)
    fail(ErrorKind::bad_input, "batch: {} labels for {} anchors; give one an anchor, or none",
         batch.labels.size(), n);
}

std::vector<std::uint32_t> passage_owners(const recipe::Batch& batch) {
  constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  std::vector<std::uint32_t> owners(batch.passages.size(), kNobody);
  const auto own = [&](std::uint32_t anchor, std::uint32_t passage) {
    owners[passage] = std::min(owners[passage], anchor);
  };
  for (const auto* lists : {&batch.positives, &batch.negatives})
    for (std::size_t i = 0; i < lists->size(); ++i)
      for (const std::uint32_t passage : (*lists)[i]) own(static_cast<std::uint32_t>(i), passage);
  for (const recipe::GradedPair& pair : batch.graded) own(pair.anchor, pair.passage);
  std::replace(owners.begin(), owners.end(), kNobody, std::uint32_t{0});
  return owners;
}

at::Tensor computable(const at::Tensor& vectors) {
  return vectors.scalar_type() == at::kDouble ? vectors : vectors.to(at::kFloat);
}

at::Tensor normalized(const at::Tensor& vectors) {
  return torch::differentiable({computable(vectors)}, [](const std::vector<at::Tensor>& in) {
    const at::Tensor length = in[0].norm(2, {1}, true);
    const at::Tensor inverse = length.reciprocal().masked_fill_(length.le(kShortest), 0.0);
    const at::Tensor unit = in[0].mul(inverse);
    return torch::Computed{
        {unit}, [unit, inverse](const std::vector<at::Tensor>& gradients) {
          const at::Tensor along = gradients[0].mul(unit).sum({1}, true);
          return std::vector<at::Tensor>{gradients[0].sub(unit.mul(along)).mul_(inverse)};
        }};
  })[0];
}

at::Tensor index_tensor(std::span<const std::int64_t> values, const at::Tensor& like) {
  return at::tensor(at::ArrayRef<std::int64_t>(values.data(), values.size())).to(like.device());
}

at::Tensor number_tensor(std::span<const double> values, const at::Tensor& like) {
  return at::tensor(at::ArrayRef<double>(values.data(), values.size()))
      .to(like.device(), like.scalar_type());
}

}  // namespace kindred::train
