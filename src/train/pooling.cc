#include "train/pooling.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "train/loss.h"

namespace kindred::train {
namespace {

using model::PoolingMode;

/// What stands at each token of the batch and each of the caller's sequences.
class Pool {
 public:
  Pool(const at::Tensor& states, const torch::PackedBatch& batch,
       std::span<const std::uint32_t> skip)
      : states_(states), batch_(batch), skip_(skip) {}

  at::Tensor by(PoolingMode mode) const {
    switch (mode) {
      case PoolingMode::cls:
        return token_of_each(/*last=*/false);
      case PoolingMode::last:
        return token_of_each(/*last=*/true);
      case PoolingMode::max:
        return largest();
      case PoolingMode::mean:
      case PoolingMode::sqrt:
      case PoolingMode::weighted:
        return weighted_sum(mode);
      case PoolingMode::idf:
      case PoolingMode::sif:
        break;
    }
    fail(ErrorKind::unsupported,
         "training pools by cls, mean, max, sqrt, weighted or last: weights of single tokens (idf) "
         "are chosen when the trained model is used");
  }

 private:
  std::uint32_t skipped(std::uint32_t sequence) const {
    return skip_.empty() ? 0 : std::min(skip_[sequence], batch_.lengths[sequence]);
  }
  std::int64_t counted(std::uint32_t sequence) const {
    return std::int64_t{batch_.lengths[sequence]} - skipped(sequence);
  }

  at::Tensor weighted_sum(PoolingMode mode) const {
    std::vector<double> weights;
    weights.reserve(static_cast<std::size_t>(batch_.tokens()));
    for (const torch::LengthGroup& group : batch_.groups)
      for (std::int64_t i = 0; i < group.sequences; ++i)
        append_weights(mode, batch_.order[static_cast<std::size_t>(group.first_sequence + i)],
                       weights);
    const at::Tensor factors = number_tensor(weights, states_).unsqueeze(1);
    return at::zeros({batch_.sequences(), states_.size(1)}, states_.options())
        .index_add(0, batch_.sequence, states_.mul(factors));
  }

  void append_weights(PoolingMode mode, std::uint32_t sequence,
                      std::vector<double>& weights) const {
    const std::uint32_t length = batch_.lengths[sequence], skip = skipped(sequence);
    const auto n = static_cast<double>(length - skip);
    for (std::uint32_t t = 0; t < length; ++t) {
      double weight = 0.0;
      if (t >= skip) {
        if (mode == PoolingMode::mean) weight = 1.0 / n;
        if (mode == PoolingMode::sqrt) weight = 1.0 / std::sqrt(n);
        // As SGPT: by the place in the sequence, those of skipped tokens counted.
        if (mode == PoolingMode::weighted)
          weight = 2.0 * (t + 1.0) / (length * (length + 1.0) - skip * (skip + 1.0));
      }
      weights.push_back(weight);
    }
  }

  at::Tensor token_of_each(bool last) const {
    std::vector<std::int64_t> first(batch_.order.size(), 0);
    for (const torch::LengthGroup& group : batch_.groups)
      for (std::int64_t i = 0; i < group.sequences; ++i)
        first[batch_.order[static_cast<std::size_t>(group.first_sequence + i)]] =
            group.first_token + i * group.length;
    std::vector<std::int64_t> rows;
    std::vector<double> there;
    for (std::uint32_t s = 0; s < first.size(); ++s) {
      const bool any = counted(s) > 0;
      // A text of which nothing counts: its first token under cls, as encode has it, else zeros.
      there.push_back(any || (!last && batch_.lengths[s] > 0) ? 1.0 : 0.0);
      rows.push_back(!any ? first[s] : first[s] + (last ? batch_.lengths[s] - 1 : skipped(s)));
    }
    return states_.index_select(0, index_tensor(rows, states_))
        .mul(number_tensor(there, states_).unsqueeze(1));
  }

  at::Tensor largest() const {
    std::vector<at::Tensor> parts;
    std::vector<std::int64_t> place(batch_.order.size(), 0);
    std::int64_t next = 0;
    for (std::size_t i = 0; i < batch_.order.size(); ++i) place[batch_.order[i]] = next++;
    if (batch_.groups.empty() || batch_.groups.front().first_sequence > 0)
      parts.push_back(at::zeros(
          {batch_.groups.empty() ? batch_.sequences() : batch_.groups.front().first_sequence,
           states_.size(1)},
          states_.options()));
    for (const torch::LengthGroup& group : batch_.groups) {
      for (std::int64_t i = 0; i < group.sequences; ++i) {
        const std::uint32_t s = batch_.order[static_cast<std::size_t>(group.first_sequence + i)];
        const std::int64_t begin = group.first_token + i * group.length + skipped(s);
        parts.push_back(counted(s) > 0
                            ? states_.narrow(0, begin, counted(s)).amax(0, /*keepdim=*/true)
                            : at::zeros({1, states_.size(1)}, states_.options()));
      }
    }
    return at::cat(parts).index_select(0, index_tensor(place, states_));
  }

  const at::Tensor& states_;
  const torch::PackedBatch& batch_;
  std::span<const std::uint32_t> skip_;
};

}  // namespace

at::Tensor pool(const at::Tensor& states, const torch::PackedBatch& batch,
                std::span<const std::uint32_t> skip, std::span<const model::PoolingMode> modes) {
  const Pool pool(states, batch, skip);
  std::vector<at::Tensor> parts;
  for (const PoolingMode mode : modes) parts.push_back(pool.by(mode));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

}  // namespace kindred::train
