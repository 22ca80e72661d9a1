#include "train/composite_loss.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"

namespace kindred::train {
namespace {

void check_weight(double weight, const char* of) {
  if (!(weight > 0.0) || !std::isfinite(weight))
    fail(ErrorKind::bad_input,
         "{}: a weight of {} is no positive number; leave out what counts "
         "for nothing",
         of, weight);
}

}  // namespace

LossSum::LossSum(std::vector<WeightedLoss> losses) : losses_(std::move(losses)) {
  if (losses_.empty()) fail(ErrorKind::bad_input, "a sum of no losses; name one");
  for (const WeightedLoss& part : losses_) check_weight(part.weight, "loss");
}

at::Tensor LossSum::operator()(const LossInput& input) const {
  at::Tensor sum;
  for (const auto& [weight, loss] : losses_) {
    const at::Tensor part = (*loss)(input).mul(weight);
    sum = sum.defined() ? sum.add(part) : part;
  }
  return sum;
}

std::vector<NamedTensor> LossSum::parameters() const {
  std::vector<NamedTensor> all;
  for (std::size_t i = 0; i < losses_.size(); ++i)
    for (NamedTensor& parameter : losses_[i].loss->parameters()) {
      if (losses_.size() > 1) parameter.name = fmt::format("{}.{}", i, parameter.name);
      all.push_back(std::move(parameter));
    }
  return all;
}

Matryoshka::Matryoshka(std::shared_ptr<const Loss> loss,
                       std::vector<MatryoshkaDimension> dimensions)
    : loss_(std::move(loss)), dimensions_(std::move(dimensions)) {
  if (dimensions_.empty())
    fail(ErrorKind::bad_input, "matryoshka: no dimensions; 768, 512, 256, 128, 64 are usual");
  std::set<std::int64_t> seen;
  for (const auto& [size, weight] : dimensions_) {
    check_weight(weight, "matryoshka");
    if (size < 1 || !seen.insert(size).second)
      fail(ErrorKind::bad_input, "matryoshka: {} dimensions {}", size,
           size < 1 ? "cannot be" : "stand twice");
  }
}

at::Tensor Matryoshka::operator()(const LossInput& input) const {
  check(input);
  const std::int64_t d = input.anchors.size(1);
  at::Tensor sum;
  for (const auto& [size, weight] : dimensions_) {
    if (size > d)
      fail(ErrorKind::bad_input,
           "matryoshka: the first {} dimensions of vectors that have {}; name at most these", size,
           d);
    const auto prefix = [&, count = size](const at::Tensor& vectors) {
      if (!vectors.defined() || vectors.dim() != 2 || vectors.size(1) != d) return vectors;
      return normalized(vectors.narrow(1, 0, count));
    };
    LossInput shorter = input;
    shorter.anchors = prefix(input.anchors);
    shorter.passages = prefix(input.passages);
    shorter.events = prefix(input.events);
    shorter.other.old = {prefix(input.other.old.anchors), prefix(input.other.old.passages)};
    shorter.other.teacher = {prefix(input.other.teacher.anchors),
                             prefix(input.other.teacher.passages)};
    const at::Tensor part = (*loss_)(shorter).mul(weight);
    sum = sum.defined() ? sum.add(part) : part;
  }
  return sum;
}

}  // namespace kindred::train
