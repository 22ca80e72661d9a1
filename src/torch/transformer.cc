#include "torch/transformer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "torch/attention.h"
#include "torch/differentiable.h"
#include "torch/linear.h"
#include "torch/recomputed.h"
#include "torch/rotary.h"

namespace kindred::torch {
namespace {

/// x / sqrt(mean(x²) + eps) * factor. LibTorch composes it of ten operators; this keeps one number
/// a row for the gradient.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& factor, double eps) {
  return differentiable({x, factor}, [eps](const std::vector<at::Tensor>& inputs) {
    const at::Tensor values = inputs[0].detach(), w = inputs[1].detach();
    const at::Tensor inverse = values.square().mean(-1, true).add_(eps).rsqrt_();
    return Computed{
        {values.mul(inverse).mul_(w)},
        [values, w, inverse](const std::vector<at::Tensor>& gradients) {
          const at::Tensor normed = values.mul(inverse);
          const at::Tensor wide = gradients[0].mul(w);
          const at::Tensor along = wide.mul(normed).mean(-1, true);
          const std::int64_t columns = normed.size(-1);
          at::Tensor dw = gradients[0].mul(normed).view({-1, columns}).sum(0);
          return std::vector<at::Tensor>{wide.sub_(normed.mul(along)).mul_(inverse), std::move(dw)};
        }};
  })[0];
}

/// Places of dropout in a pass.
constexpr std::uint64_t kPlacesOfLayer = 2;

}  // namespace

/// One pass: the batch, the turns that its layers share, and how to compute.
class Pass {
 public:
  Pass(const Transformer& transformer, const PackedBatch& batch,
       const model::ForwardOptions& options, const PassOptions& pass)
      : spec_(transformer.spec_),
        w_(transformer.weights_),
        batch_(batch),
        options_(options),
        pass_(pass) {
    for (const model::RopeSpec& rope : spec_.ropes)
      turns_.push_back(Turns::make(rope, batch.places));
  }

  at::Tensor embed() const {
    at::Tensor x = words();
    if (spec_.embedding_scale != 1.0F) x = x.mul(spec_.embedding_scale);
    if (w_.position_embeddings.defined())
      x = x.add(w_.position_embeddings.index_select(0, batch_.positions));
    if (w_.token_type_embeddings.defined()) x = x.add(w_.token_type_embeddings.select(0, 0));
    if (spec_.embedding_norm) x = norm(x, w_.embedding_norm);
    return pass_.dropout.apply(x, 0);
  }

  at::Tensor layer(const at::Tensor& x, std::size_t index) const {
    const Layer& w = w_.layers[index];
    switch (spec_.placement) {
      case model::NormPlacement::post: {
        const at::Tensor h = norm(x.add(attention(x, index)), w.attention_norm);
        return norm(h.add(feed_forward(h, index)), w.feed_forward_norm);
      }
      case model::NormPlacement::pre: {
        const at::Tensor h = x.add(attention(first_norm(x, index), index));
        return h.add(feed_forward(norm(h, w.feed_forward_norm), index));
      }
      case model::NormPlacement::sandwich:
        break;
    }
    const at::Tensor h = x.add(norm(attention(first_norm(x, index), index), w.attention_post_norm));
    return h.add(norm(feed_forward(norm(h, w.feed_forward_norm), index), w.feed_forward_post_norm));
  }

  at::Tensor norm(const at::Tensor& x, const Norm& w) const {
    if (spec_.norm == model::NormKind::layer)
      return at::layer_norm(x, {x.size(-1)}, w.weight,
                            w.bias.defined() ? std::optional(w.bias) : std::nullopt,
                            spec_.norm_eps);
    const at::Tensor factor =
        spec_.norm == model::NormKind::rms_one_plus ? w.weight.add(1.0) : w.weight;
    const at::Tensor y = rms_norm(x, factor, spec_.norm_eps);
    return w.bias.defined() ? y.add(w.bias) : y;
  }

 private:
  at::Tensor words() const {
    if (!w_.extra_embeddings.defined()) return w_.word_embeddings.rows(batch_.ids);
    const std::int64_t known = w_.word_embeddings.weight().size(0);
    const at::Tensor extra = batch_.ids.ge(known);
    const at::Tensor rows = w_.word_embeddings.rows(batch_.ids.masked_fill(extra, 0));
    const at::Tensor added =
        w_.extra_embeddings.index_select(0, batch_.ids.sub(known).clamp_min(0));
    return at::where(extra.unsqueeze(1), added, rows);
  }

  at::Tensor linear(const at::Tensor& x, const Linear& w) const {
    return torch::linear(x, w, pass_.bf16);
  }

  at::Tensor first_norm(const at::Tensor& x, std::size_t index) const {
    return spec_.layers[index].has_attention_norm ? norm(x, w_.layers[index].attention_norm) : x;
  }

  at::Tensor adapt(const at::Tensor& x, const std::optional<Bottleneck>& adapter) const {
    if (!adapter) return x;
    return x.add(linear(at::gelu(linear(x, adapter->down)), adapter->up));
  }

  /// Norm and rotation of each head.
  at::Tensor turn_heads(const at::Tensor& x, const Norm& head_norm, std::size_t index) const {
    const bool rotary = spec_.positions == model::Positions::rotary;
    if (!spec_.qk_norm && !rotary) return x;
    at::Tensor heads = x.view({x.size(0), -1, static_cast<std::int64_t>(spec_.head_dim)});
    if (spec_.qk_norm) heads = norm(heads, head_norm);
    if (rotary) heads = turn(heads, turns_[spec_.layers[index].rope]);
    return heads.reshape(x.sizes());
  }

  at::Tensor attention(const at::Tensor& x, std::size_t index) const {
    const Layer& w = w_.layers[index];
    const model::LayerSpec& layer = spec_.layers[index];
    const bool switched = !options_.bidirectional.empty() && options_.bidirectional[index] != 0;
    AttentionShape shape;
    shape.heads = static_cast<std::int64_t>(spec_.heads);
    shape.kv_heads = static_cast<std::int64_t>(spec_.kv_heads);
    shape.head_dim = static_cast<std::int64_t>(spec_.head_dim);
    shape.scale = spec_.attention_scale;
    shape.softcap = spec_.attention_softcap;
    shape.reach = switched ? layer.bidirectional_reach : layer.reach;
    shape.prefix_reach = layer.bidirectional_reach;
    shape.relative_max_distance = static_cast<std::int64_t>(spec_.relative_max_distance);
    const at::Tensor mixed = attend(turn_heads(linear(x, w.query), w.query_norm, index),
                                    turn_heads(linear(x, w.key), w.key_norm, index),
                                    linear(x, w.value), w_.relative_bias, shape, batch_);
    const at::Tensor out = adapt(linear(mixed, w.attention_output), w.attention_adapter);
    return pass_.dropout.apply(out, 1 + kPlacesOfLayer * index);
  }

  at::Tensor feed_forward(const at::Tensor& x, std::size_t index) const {
    const Layer& w = w_.layers[index];
    const at::Tensor gate = spec_.gated ? linear(x, w.gate) : at::Tensor();
    const at::Tensor inner =
        activated_linear(gate, linear(x, w.up), spec_.activation, w.down, pass_.bf16);
    const at::Tensor out = adapt(inner, w.feed_forward_adapter);
    return pass_.dropout.apply(out, 2 + kPlacesOfLayer * index);
  }

  const model::TransformerSpec& spec_;
  const Weights& w_;
  const PackedBatch& batch_;
  model::ForwardOptions options_;
  PassOptions pass_;
  std::vector<Turns> turns_;
};

Transformer::Transformer(model::TransformerSpec spec, Weights weights)
    : spec_(std::move(spec)), weights_(std::move(weights)) {
  require(weights_.layers.size() == spec_.layers.size(), "a layer's weights for every layer");
}

namespace {

/// The tensors of a layer that want gradients.
std::vector<at::Tensor> trained_of(const Layer& layer) {
  std::vector<at::Tensor> result;
  const auto add = [&result](const at::Tensor& tensor) {
    if (tensor.defined() && tensor.requires_grad()) result.push_back(tensor);
  };
  const auto add_linear = [&add](const Linear& linear) {
    add(linear.weight);
    add(linear.bias);
    if (!linear.low_rank) return;
    add(linear.low_rank->a);
    add(linear.low_rank->b);
  };
  for (const Norm* norm :
       {&layer.attention_norm, &layer.query_norm, &layer.key_norm, &layer.attention_post_norm,
        &layer.feed_forward_norm, &layer.feed_forward_post_norm}) {
    add(norm->weight);
    add(norm->bias);
  }
  for (const Linear* linear : {&layer.query, &layer.key, &layer.value, &layer.attention_output,
                               &layer.gate, &layer.up, &layer.down})
    add_linear(*linear);
  for (const auto* adapter : {&layer.attention_adapter, &layer.feed_forward_adapter}) {
    if (!*adapter) continue;
    add_linear((*adapter)->down);
    add_linear((*adapter)->up);
  }
  return result;
}

}  // namespace

std::vector<at::Tensor> Transformer::forward(const PackedBatch& batch,
                                             const model::ForwardOptions& options,
                                             const PassOptions& pass) const {
  const auto run = std::make_shared<const Pass>(*this, batch, options, pass);
  std::vector<at::Tensor> states;
  const auto wanted = [&options](std::size_t state) {
    return std::binary_search(options.layers.begin(), options.layers.end(), state);
  };
  at::Tensor x = run->embed();
  const bool recompute = pass.recompute && at::GradMode::is_enabled();
  const std::size_t depth = spec_.layers.size();
  const std::size_t needed = options.layers.empty() ? 0 : options.layers.back();
  for (std::size_t l = 0; l < depth; ++l) {
    if (wanted(l)) states.push_back(x);
    if (l >= needed) return states;
    const auto block = [run, l](const at::Tensor& in) { return run->layer(in, l); };
    x = recompute ? recomputed(x, trained_of(weights_.layers[l]), block) : block(x);
  }
  if (wanted(depth)) states.push_back(spec_.final_norm ? run->norm(x, weights_.final_norm) : x);
  return states;
}

}  // namespace kindred::torch
