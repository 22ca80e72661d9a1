#include "torch/attention_mask.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace kindred::torch {
namespace {

bool has_prefix(const PackedBatch& batch, const LengthGroup& group) {
  if (batch.prefix.empty()) return false;
  const auto first = batch.prefix.begin() + group.first_sequence;
  return std::any_of(first, first + group.sequences, [](std::uint32_t n) { return n > 0; });
}

/// length × length truth values.
at::Tensor reaches(const model::AttentionReach& reach, std::int64_t length, at::Device device) {
  const at::Tensor place = at::arange(length, at::TensorOptions(at::kLong).device(device));
  const at::Tensor ahead = place.view({1, -1}).sub(place.view({-1, 1}));  // key - query
  const auto bound = [](std::uint32_t n) { return static_cast<std::int64_t>(n); };
  return ahead.le(bound(reach.right)).logical_and(ahead.ge(-bound(reach.left)));
}

}  // namespace

bool sees_all(const AttentionShape& shape, std::int64_t length) {
  return shape.reach.left + std::int64_t{1} >= length &&
         shape.reach.right + std::int64_t{1} >= length;
}

bool sees_all_before(const AttentionShape& shape, std::int64_t length) {
  return shape.reach.left + std::int64_t{1} >= length && shape.reach.right == 0;
}

at::Tensor attention_mask(const AttentionShape& shape, const PackedBatch& batch,
                          const LengthGroup& group) {
  if (sees_all(shape, group.length)) return {};
  const at::Device device = batch.ids.device();
  at::Tensor visible =
      reaches(shape.reach, group.length, device).view({1, 1, group.length, group.length});
  if (has_prefix(batch, group)) {
    std::vector<std::int64_t> lengths;
    for (std::int64_t i = 0; i < group.sequences; ++i)
      lengths.push_back(batch.prefix[static_cast<std::size_t>(group.first_sequence + i)]);
    const at::Tensor inside = at::arange(group.length, at::TensorOptions(at::kLong).device(device))
                                  .view({1, -1})
                                  .lt(indices(lengths, device).view({-1, 1}));  // B × length
    const at::Tensor both =
        inside.unsqueeze(1).unsqueeze(3).logical_and(inside.unsqueeze(1).unsqueeze(2));
    visible =
        visible.logical_or(both.logical_and(reaches(shape.prefix_reach, group.length, device)));
  }
  return at::zeros(visible.sizes(), at::TensorOptions(at::kFloat).device(device))
      .masked_fill_(visible.logical_not(), -std::numeric_limits<double>::infinity());
}

at::Tensor relative_buckets(std::int64_t length, std::int64_t buckets, std::int64_t max_distance,
                            at::Device device) {
  std::vector<std::int64_t> of_distance;  // from 1 - length to length - 1
  for (std::int64_t d = 1 - length; d < length; ++d)
    of_distance.push_back(static_cast<std::int64_t>(model::relative_bucket(
        d, static_cast<std::size_t>(buckets), static_cast<std::size_t>(max_distance))));
  std::vector<std::int64_t> all;
  all.reserve(static_cast<std::size_t>(length * length));
  for (std::int64_t query = 0; query < length; ++query)
    for (std::int64_t key = 0; key < length; ++key)
      all.push_back(of_distance[static_cast<std::size_t>(key - query + length - 1)]);
  return indices(all, device);
}

}  // namespace kindred::torch
