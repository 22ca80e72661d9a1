// The gradient of softmax(q kᵀ) v by hand: dV = Pᵀ dO, dS = P ∘ (dO Vᵀ - rowsum(dO Vᵀ ∘ P)),
// dQ = dS K, dK = dSᵀ Q, each with the scale; products of a group of equally long sequences at
// once.
#include "torch/attention.h"

#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_backward.h>
#include <ATen/ops/_softmax_backward_data.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <optional>
#include <vector>

#include "torch/attention_mask.h"
#include "torch/differentiable.h"

namespace kindred::torch {
namespace {

/// Rows of a group: tokens × heads · head_dim → sequences × heads × length × head_dim, a view.
at::Tensor by_head(const at::Tensor& x, const LengthGroup& group, std::int64_t heads) {
  return x.narrow(0, group.first_token, group.sequences * group.length)
      .view({group.sequences, group.length, heads, x.size(1) / heads})
      .transpose(1, 2);
}

/// The other way: writes to the group's rows of `out`.
void put(const at::Tensor& out, const LengthGroup& group, const at::Tensor& by_heads) {
  by_head(out, group, by_heads.size(1)).copy_(by_heads);
}

/// What the backward pass of one group needs.
struct Kept {
  at::Tensor probabilities;       // products: sequences · kv_heads × rep · length × length
  at::Tensor capped;              // tanh of the scores, where they are capped
  at::Tensor output, normalizer;  // flash
};

class PackedAttention {
 public:
  PackedAttention(const AttentionShape& shape, const PackedBatch& batch, const at::Tensor& relative)
      : s_(shape), batch_(batch), relative_(relative), repeats_(shape.heads / shape.kv_heads) {}

  at::Tensor forward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    at::Tensor out = at::empty(q.sizes(), q.options());
    for (const LengthGroup& group : batch_.groups)
      put(out, group, flashes(group) ? flash(q, k, v, group) : multiply(q, k, v, group));
    return out;
  }

  /// Gradients of q, k, v and the relative bias.
  std::vector<at::Tensor> backward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& gradient) const {
    std::vector<at::Tensor> result = {at::empty(q.sizes(), q.options()),
                                      at::empty(k.sizes(), k.options()),
                                      at::empty(v.sizes(), v.options()), at::Tensor()};
    if (relative_.defined()) result[3] = at::zeros(relative_.sizes(), relative_.options());
    for (std::size_t g = 0; g < batch_.groups.size(); ++g) {
      const LengthGroup& group = batch_.groups[g];
      flashes(group) ? flash_back(q, k, v, gradient, group, kept_[g], result)
                     : multiply_back(q, k, v, gradient, group, kept_[g], result);
    }
    return result;
  }

 private:
  bool flashes(const LengthGroup& group) const {
    return group.length >= kFlashLength && s_.softcap == 0.0 && !relative_.defined();
  }

  /// sequences · kv_heads matrices of `rows` × head_dim: the query heads of one key head stand one
  /// below another, so that keys need no copies.
  at::Tensor queries(const at::Tensor& q, const LengthGroup& group) const {
    return by_head(q, group, s_.heads)
        .reshape({group.sequences * s_.kv_heads, repeats_ * group.length, s_.head_dim});
  }
  at::Tensor keys(const at::Tensor& k, const LengthGroup& group) const {
    return by_head(k, group, s_.kv_heads)
        .reshape({group.sequences * s_.kv_heads, group.length, s_.head_dim});
  }
  at::Tensor heads_again(const at::Tensor& x, const LengthGroup& group, std::int64_t heads) const {
    return x.view({group.sequences, heads, group.length, -1});
  }

  at::Tensor multiply(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      const LengthGroup& group) {
    Kept kept;
    at::Tensor scores = queries(q, group).bmm(keys(k, group).transpose(1, 2));
    scores.mul_(s_.scale);
    if (s_.softcap > 0.0) {
      kept.capped = scores.div_(s_.softcap).tanh_();
      scores = kept.capped.mul(s_.softcap);
    }
    at::Tensor by_heads = heads_again(scores, group, s_.heads);
    if (relative_.defined()) by_heads.add_(relative_bias(group.length));
    if (const at::Tensor mask = attention_mask(s_, batch_, group); mask.defined())
      by_heads.add_(mask.to(by_heads.scalar_type()));
    kept.probabilities = scores.softmax(-1);
    const at::Tensor out = kept.probabilities.bmm(keys(v, group));
    kept_.push_back(std::move(kept));
    return heads_again(out, group, s_.heads);
  }

  void multiply_back(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const at::Tensor& gradient, const LengthGroup& group, const Kept& kept,
                     std::vector<at::Tensor>& result) const {
    const at::Tensor out = queries(gradient, group);
    put(result[2], group,
        heads_again(kept.probabilities.transpose(1, 2).bmm(out), group, s_.kv_heads));
    at::Tensor scores =
        at::_softmax_backward_data(out.bmm(keys(v, group).transpose(1, 2)), kept.probabilities, -1,
                                   kept.probabilities.scalar_type());
    if (relative_.defined()) {
      const at::Tensor by_distance = heads_again(scores, group, s_.heads)
                                         .sum(0)  // heads × length × length
                                         .view({s_.heads, group.length * group.length})
                                         .t();
      result[3].index_add_(0, buckets(group.length), by_distance);
    }
    if (kept.capped.defined()) scores = scores.mul(kept.capped.square().neg_().add_(1.0));
    scores.mul_(s_.scale);
    put(result[0], group, heads_again(scores.bmm(keys(k, group)), group, s_.heads));
    put(result[1], group,
        heads_again(scores.transpose(1, 2).bmm(queries(q, group)), group, s_.kv_heads));
  }

  /// Keys and values for every query head.
  at::Tensor spread(const at::Tensor& x, const LengthGroup& group) const {
    const at::Tensor heads = by_head(x, group, s_.kv_heads);
    return repeats_ == 1 ? heads : heads.repeat_interleave(repeats_, 1);
  }
  at::Tensor gathered(const at::Tensor& x, const LengthGroup& group) const {
    if (repeats_ == 1) return x;
    return x.reshape({group.sequences, s_.kv_heads, repeats_, group.length, s_.head_dim}).sum(2);
  }
  std::optional<at::Tensor> flash_mask(const LengthGroup& group, const at::Tensor& q) const {
    if (causal(group)) return std::nullopt;
    const at::Tensor mask = attention_mask(s_, batch_, group);
    if (!mask.defined()) return std::nullopt;
    return mask.to(q.scalar_type());
  }
  bool causal(const LengthGroup& group) const {
    return batch_.prefix.empty() && sees_all_before(s_, group.length);
  }

  at::Tensor flash(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                   const LengthGroup& group) {
    Kept kept;
    std::tie(kept.output, kept.normalizer) = at::_scaled_dot_product_flash_attention_for_cpu(
        by_head(q, group, s_.heads), spread(k, group), spread(v, group), 0.0, causal(group),
        flash_mask(group, q), s_.scale);
    kept_.push_back(kept);
    return kept.output;
  }

  void flash_back(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& gradient, const LengthGroup& group, const Kept& kept,
                  std::vector<at::Tensor>& result) const {
    const auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        by_head(gradient, group, s_.heads), by_head(q, group, s_.heads), spread(k, group),
        spread(v, group), kept.output, kept.normalizer, 0.0, causal(group), flash_mask(group, q),
        s_.scale);
    put(result[0], group, dq);
    put(result[1], group, gathered(dk, group));
    put(result[2], group, gathered(dv, group));
  }

  at::Tensor buckets(std::int64_t length) const {
    return relative_buckets(length, relative_.size(0), s_.relative_max_distance,
                            relative_.device());
  }
  at::Tensor relative_bias(std::int64_t length) const {
    return relative_.index_select(0, buckets(length)).t().view({s_.heads, length, length});
  }

  AttentionShape s_;
  const PackedBatch& batch_;
  at::Tensor relative_;
  std::int64_t repeats_;
  std::vector<Kept> kept_;  // a group each
};

}  // namespace

at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& relative, const AttentionShape& shape,
                  const PackedBatch& batch) {
  if (!query.device().is_cpu()) return attend_by_graph(query, key, value, relative, shape, batch);
  return differentiable({query, key, value, relative}, [&](const std::vector<at::Tensor>& inputs) {
    const at::Tensor q = inputs[0].detach(), k = inputs[1].detach(), v = inputs[2].detach();
    const at::Tensor bias = inputs[3].defined() ? inputs[3].detach() : at::Tensor();
    auto attention = std::make_shared<PackedAttention>(shape, batch, bias);
    at::Tensor out = attention->forward(q, k, v);
    return Computed{{std::move(out)},
                    [attention, q, k, v](const std::vector<at::Tensor>& gradients) {
                      return attention->backward(q, k, v, gradients[0].contiguous());
                    }};
  })[0];
}

at::Tensor attend_by_graph(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           const at::Tensor& relative, const AttentionShape& shape,
                           const PackedBatch& batch) {
  std::vector<at::Tensor> out;
  for (const LengthGroup& group : batch.groups) {
    const at::Tensor q = by_head(query, group, shape.heads);
    const at::Tensor k = by_head(key, group, shape.kv_heads);
    const at::Tensor v = by_head(value, group, shape.kv_heads);
    at::Tensor bias = attention_mask(shape, batch, group);
    if (bias.defined()) bias = bias.to(q.scalar_type());
    if (relative.defined()) {
      const at::Tensor by_distance =
          relative
              .index_select(0, relative_buckets(group.length, relative.size(0),
                                                shape.relative_max_distance, relative.device()))
              .t()
              .view({1, shape.heads, group.length, group.length})
              .to(q.scalar_type());
      bias = bias.defined() ? bias.add(by_distance) : by_distance;
    }
    at::Tensor mixed;
    if (shape.softcap > 0.0) {
      const std::int64_t repeats = shape.heads / shape.kv_heads;
      at::Tensor scores =
          q.matmul(k.repeat_interleave(repeats, 1).transpose(2, 3)).mul(shape.scale);
      scores = scores.div(shape.softcap).tanh().mul(shape.softcap);
      if (bias.defined()) scores = scores.add(bias);
      mixed = scores.softmax(-1).matmul(v.repeat_interleave(repeats, 1));
    } else {
      mixed = at::scaled_dot_product_attention(
          q, k, v, bias.defined() ? std::optional(bias) : std::nullopt, 0.0, false, shape.scale,
          shape.heads != shape.kv_heads);
    }
    out.push_back(mixed.transpose(1, 2).reshape({group.sequences * group.length, query.size(1)}));
  }
  return out.empty() ? query : at::cat(out);
}

}  // namespace kindred::torch
