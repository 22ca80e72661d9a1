#include "torch/packed_batch.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <numeric>

namespace kindred::torch {

at::Tensor indices(const std::vector<std::int64_t>& values, at::Device device) {
  // Torch's interface takes no pointer to const; the copy is made before anybody could write.
  auto* data = const_cast<std::int64_t*>(values.data());
  const at::Tensor view =
      at::from_blob(data, {static_cast<std::int64_t>(values.size())}, at::kLong);
  return device.is_cpu() ? view.clone() : view.to(device);
}

PackedBatch PackedBatch::make(const model::PackedTokens& tokens, std::size_t position_offset,
                              at::Device device) {
  PackedBatch batch;
  const std::size_t sequences = tokens.offsets.size() - 1;
  batch.lengths.resize(sequences);
  for (std::size_t b = 0; b < sequences; ++b)
    batch.lengths[b] = tokens.offsets[b + 1] - tokens.offsets[b];
  batch.order.resize(sequences);
  std::iota(batch.order.begin(), batch.order.end(), 0U);
  std::stable_sort(batch.order.begin(), batch.order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return batch.lengths[a] < batch.lengths[b];
  });

  std::vector<std::int64_t> ids, positions, places, sequence, row_of_token(tokens.ids.size());
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < sequences; ++i) {
    const std::uint32_t b = batch.order[i];
    if (!tokens.prefix.empty()) batch.prefix.push_back(tokens.prefix[b]);
    const std::uint32_t length = batch.lengths[b];
    if (length == 0) continue;
    if (batch.groups.empty() || batch.groups.back().length != length)
      batch.groups.push_back(
          {static_cast<std::int64_t>(ids.size()), static_cast<std::int64_t>(i), 0, length});
    ++batch.groups.back().sequences;
    const auto text = tokens.ids.subspan(tokens.offsets[b], length);
    rows.clear();
    model::append_positions(text, position_offset, rows);
    for (std::uint32_t t = 0; t < length; ++t) {
      row_of_token[tokens.offsets[b] + t] = static_cast<std::int64_t>(ids.size());
      ids.push_back(text[t]);
      positions.push_back(rows[t]);
      places.push_back(t);
      sequence.push_back(b);
    }
  }
  batch.ids = indices(ids, device);
  batch.positions = indices(positions, device);
  batch.places = indices(places, device);
  batch.sequence = indices(sequence, device);
  batch.row_of_token = indices(row_of_token, device);
  return batch;
}

}  // namespace kindred::torch
