#include "torch/weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "base/error.h"

namespace kindred::torch {
namespace {

/// Calls `visit(tensor, view)` for each tensor of `weights` but the word embeddings and what of the
/// source stands at its place. `Weights` is Weights or const Weights, `Source` likewise.
template <typename OurLayer, typename SourceLayer, typename Visit>
void zip_layer(OurLayer& w, SourceLayer& s, const Visit& visit) {
  const auto norm = [&](auto& ours, auto& theirs) {
    visit(ours.weight, theirs.weight, nullptr);
    visit(ours.bias, theirs.bias, nullptr);
  };
  const auto linear = [&](auto& ours, auto& theirs) {
    visit(ours.weight, theirs.weight, ours.low_rank ? &*ours.low_rank : nullptr);
    visit(ours.bias, theirs.bias, nullptr);
  };
  norm(w.attention_norm, s.attention_norm);
  linear(w.query, s.query);
  linear(w.key, s.key);
  linear(w.value, s.value);
  linear(w.attention_output, s.attention_output);
  norm(w.query_norm, s.query_norm);
  norm(w.key_norm, s.key_norm);
  norm(w.attention_post_norm, s.attention_post_norm);
  norm(w.feed_forward_norm, s.feed_forward_norm);
  linear(w.gate, s.gate);
  linear(w.up, s.up);
  linear(w.down, s.down);
  norm(w.feed_forward_post_norm, s.feed_forward_post_norm);
}

template <typename Ours, typename Source, typename Visit>
void zip(Ours& w, Source& s, const Visit& visit) {
  visit(w.position_embeddings, s.position_embeddings, nullptr);
  visit(w.token_type_embeddings, s.token_type_embeddings, nullptr);
  visit(w.embedding_norm.weight, s.embedding_norm.weight, nullptr);
  visit(w.embedding_norm.bias, s.embedding_norm.bias, nullptr);
  visit(w.relative_bias, s.relative_bias, nullptr);
  for (std::size_t l = 0; l < w.layers.size(); ++l) zip_layer(w.layers[l], s.layers[l], visit);
  visit(w.final_norm.weight, s.final_norm.weight, nullptr);
  visit(w.final_norm.bias, s.final_norm.bias, nullptr);
}

/// `view` with the tensor's values in place of its own.
io::TensorView viewed(const io::TensorView& view, const at::Tensor& tensor) {
  io::TensorView result;
  result.name = view.name;
  result.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
  result.data = static_cast<const std::byte*>(tensor.const_data_ptr());
  result.bytes = static_cast<std::size_t>(tensor.numel()) * sizeof(float);
  return result;
}

}  // namespace

at::Tensor to_tensor(const io::TensorView& view, at::Device device) {
  std::vector<std::int64_t> shape(view.shape.begin(), view.shape.end());
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* out = tensor.data_ptr<float>();
  for (std::size_t r = 0; r < view.rows(); ++r) view.read_row(r, out + r * view.columns());
  view.release_pages();
  return tensor.to(device);
}

Weights load_weights(const model::TransformerWeights& source, at::Device device) {
  Weights weights;
  weights.word_embeddings = EmbeddingTable(to_tensor(source.word_embeddings, device));
  weights.layers.resize(source.layers.size());
  zip(weights, source, [&](at::Tensor& ours, const io::TensorView& view, const LowRank*) {
    if (!view.empty()) ours = to_tensor(view, device);
  });
  return weights;
}

void for_each_weight(Weights& weights, const std::function<void(at::Tensor&, std::size_t)>& visit) {
  const auto if_there = [&visit](at::Tensor& tensor, std::size_t layer) {
    if (tensor.defined()) visit(tensor, layer);
  };
  for (at::Tensor* tensor :
       {&weights.position_embeddings, &weights.token_type_embeddings,
        &weights.embedding_norm.weight, &weights.embedding_norm.bias, &weights.relative_bias})
    if_there(*tensor, 0);
  for (std::size_t l = 0; l < weights.layers.size(); ++l) {
    model::LayerWeights nothing;
    zip_layer(weights.layers[l], nothing,
              [&](at::Tensor& tensor, const io::TensorView&, const LowRank*) {
                if_there(tensor, l + 1);
              });
  }
  if_there(weights.final_norm.weight, weights.layers.size() + 1);
  if_there(weights.final_norm.bias, weights.layers.size() + 1);
}

void for_each_linear(
    Weights& weights,
    const std::function<void(Linear&, const char* name, std::size_t layer)>& visit) {
  for (std::size_t l = 0; l < weights.layers.size(); ++l) {
    Layer& layer = weights.layers[l];
    visit(layer.query, "query", l + 1);
    visit(layer.key, "key", l + 1);
    visit(layer.value, "value", l + 1);
    visit(layer.attention_output, "attention_output", l + 1);
    if (layer.gate.weight.defined()) visit(layer.gate, "gate", l + 1);
    visit(layer.up, "up", l + 1);
    visit(layer.down, "down", l + 1);
  }
}

model::TransformerWeights merged_views(const Weights& weights,
                                       const model::TransformerWeights& source,
                                       std::vector<at::Tensor>& kept) {
  const at::NoGradGuard no_graph;
  require(weights.layers.size() == source.layers.size(), "weights of another model");
  model::TransformerWeights result = source;
  result.storage = nullptr;
  const auto keep = [&kept](const at::Tensor& tensor) {
    return kept.emplace_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
  };
  result.word_embeddings = viewed(source.word_embeddings, keep(weights.word_embeddings.weight()));
  zip(weights, result, [&](const at::Tensor& ours, io::TensorView& view, const LowRank* change) {
    if (!ours.defined()) return;
    view = viewed(
        view,
        keep(change == nullptr ? ours : ours.add(change->b.matmul(change->a), change->scale)));
  });
  return result;
}

}  // namespace kindred::torch
